import '@angular/compiler'
import { Component, provideZonelessChangeDetection } from '@angular/core'
import { toSignal } from '@angular/core/rxjs-interop'
import { bootstrapApplication } from '@angular/platform-browser'
import { app } from './app.js'

class Notes {
  notes = toSignal(app.collection('notes').all$)
}

// As the decorator of a class does, which plain JavaScript does not have.
const NotesComponent = Component({
  selector: 'ul',
  template: `@for (row of notes() ?? []; track row.id) {<li [class]="row.state">{{ row.value?.title }}</li>}`,
})(Notes)

await bootstrapApplication(NotesComponent, { providers: [provideZonelessChangeDetection()] })
