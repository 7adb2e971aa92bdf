import { mount } from 'svelte'
import { list } from './app.js'
import Notes from './Notes.svelte'

mount(Notes, { target: list })
