import { expect, test } from 'vitest';
import { type Asked, accessOf } from './access.ts';

const guard = { token: 'right-token', port: 4100 };
const cookie = 'evalrun-view-4100=right-token';

function ask(asked: Partial<Asked>) {
  return accessOf({ method: 'GET', host: '127.0.0.1:4100', url: '/', cookie: undefined, ...asked }, guard);
}

test('the token in the address is exchanged for a cookie that scripts and other sites do not get', () => {
  expect(ask({ url: '/runs/a/?token=right-token' })).toEqual({
    kind: 'entered',
    path: '/runs/a/',
    cookie: 'evalrun-view-4100=right-token; HttpOnly; SameSite=Strict; Path=/',
  });
});

test('the cookie grants, beside others too', () => {
  expect(ask({ url: '/runs/a/', cookie: `theme=dark; ${cookie}` })).toEqual({
    kind: 'granted',
    path: '/runs/a/',
  });
  expect(ask({ host: 'localhost:4100', cookie, method: 'HEAD' }).kind).toBe('granted');
});

test.each([
  ['without a token', {}, 401],
  ['with a wrong token', { url: '/?token=right-tokem' }, 401],
  ['with a part of the token', { url: '/?token=right' }, 401],
  ['with an empty token', { url: '/?token=' }, 401],
  ['with a wrong cookie', { cookie: 'evalrun-view-4100=wrong' }, 401],
  ['with the cookie of another port', { cookie: 'evalrun-view-4101=right-token' }, 401],
  ['by another name that points here', { host: 'evil.example:4100', cookie }, 403],
  ['by a name that starts like ours', { host: '127.0.0.1:4100.evil.example', cookie }, 403],
  ['without a host', { host: undefined, cookie }, 403],
  ['to another port', { host: '127.0.0.1:80', cookie }, 403],
  ['to write', { method: 'POST', cookie }, 405],
])('refused: %s', (_, asked: Partial<Asked>, status) => {
  expect(ask(asked)).toMatchObject({ kind: 'refused', status });
});

test('the way in never leads to another host', () => {
  const entered = ask({ url: '//evil.example/x?token=right-token' });
  expect(entered.kind === 'entered' ? entered.path : entered.kind).not.toMatch(/^\/\//);
});
