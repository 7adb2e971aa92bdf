import 'fake-indexeddb/auto';
import { fakeBackend, fakeDevice, noRefusedShown, nothingDoubled, nothingLost, } from 'holdfast/testing';
import { openNotes, session } from './notes-app.js';
let backend;
let device;
beforeEach(() => {
    backend = fakeBackend({ notes: [{ id: 'n1', title: 'Milk' }] });
    device = fakeDevice({ backend, open: openNotes });
});
afterEach(async () => {
    await nothingLost(device);
    await nothingDoubled(device);
    await noRefusedShown(device);
    await device.close();
});
test('an edit made in a tunnel outlives a reload, and is sent when the network is back', async () => {
    const tab = await device.openTab();
    device.net.offline();
    await tab.app.collection('notes').update('n1', { title: 'Oat milk' });
    const next = await tab.reload();
    expect(await next.app.collection('notes').get('n1')).toMatchObject({ title: 'Oat milk' });
    device.net.online();
    await device.settle();
    expect(backend.get('notes', 'n1')).toEqual({ id: 'n1', title: 'Oat milk' });
});
test('a refused edit is rolled back, and its fault is shown', async () => {
    const { app } = await device.openTab();
    await app.collection('notes').refresh(['n1']);
    backend.refuse({ message: 'The title is too long', properties: ['title'] });
    await app.collection('notes').update('n1', { title: 'Oat milk, and much more' });
    await device.settle();
    const [fault] = app.faults.open$.value;
    expect(fault).toMatchObject({ kind: 'validation', message: 'The title is too long', offending: ['title'] });
    expect(await app.collection('notes').get('n1')).toMatchObject({ title: 'Milk' });
});
test('a note whose answer is lost is made once', async () => {
    const { app } = await device.openTab();
    device.net.lose({ times: 1, only: ({ method }) => method === 'POST' });
    await app.collection('notes').create({ title: 'Bread' });
    await device.settle();
    expect(backend.all('notes').map(({ title }) => title)).toEqual(['Milk', 'Bread']);
});
test('when the session dies, the form keeps the edit, and the next login sends it', async () => {
    const { app } = await device.openTab();
    backend.endSessions();
    await app.collection('notes').update('n1', { title: 'Oat milk' });
    await device.quiet();
    expect(app.status$.value.phase).toBe('needs-login');
    expect(await app.collection('notes').get('n1')).toMatchObject({ title: 'Oat milk' });
    session.token = 'token-2';
    await app.session.use('ann');
    await device.settle();
    expect(backend.get('notes', 'n1')).toMatchObject({ title: 'Oat milk' });
});
test('two tabs show the same, and one of them sends', async () => {
    const one = await device.openTab();
    const two = await device.openTab();
    await one.app.collection('notes').update('n1', { title: 'Oat milk' });
    await device.quiet();
    expect(await two.app.collection('notes').get('n1')).toMatchObject({ title: 'Oat milk' });
    one.kill();
    await device.settle();
    expect(backend.writes).toHaveLength(1);
});
test('a page that is killed between the request and the answer doubles nothing', async () => {
    const tab = await device.openTab();
    const killed = tab.killAt('answer');
    await tab.app.collection('notes').create({ title: 'Bread' });
    await killed;
    await device.openTab();
    await device.settle();
    expect(backend.all('notes').map(({ title }) => title)).toEqual(['Milk', 'Bread']);
});
