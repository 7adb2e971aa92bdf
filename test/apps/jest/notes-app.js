import { openRest } from 'holdfast/rest';
/** The token of the app's own login. */
export const session = { token: 'token-1' };
/** A page calls it without a platform, a test with that of a device. */
export function openNotes(platform) {
    return openRest({
        url: 'https://api.example.com/v1/',
        account: 'ann',
        token: () => session.token,
        collections: { notes: { ids: 'server', idempotencyKey: true } },
        ...(platform && { platform }),
    });
}
