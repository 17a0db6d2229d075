import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { agentSettingsOf } from './agent-settings.ts';

const cwd = tmpdir();

test('reads the command line and its folders, relative to where evalrun was started', async () => {
  expect(await agentSettingsOf({}, cwd)).toEqual({});
  const flags = { 'agent-command': 'run-me', 'agent-mount': ['.:/opt/me', `${cwd}:/opt/more/`] };
  expect(await agentSettingsOf(flags, cwd)).toEqual({
    command: 'run-me',
    mounts: [
      { hostFolder: cwd, path: '/opt/me' },
      { hostFolder: cwd, path: '/opt/more' },
    ],
  });
});

test.each([
  ['/opt/me', 'is not HOST:PATH'],
  ['.:opt/me', 'is not HOST:PATH'],
  ['.:/', 'is not HOST:PATH'],
  [':/opt', 'is not HOST:PATH'],
  ['no-such-folder:/opt', `${join(cwd, 'no-such-folder')} is not a folder`],
])('refuses the mount %s', async (mount, why) => {
  const flags = { 'agent-command': 'run-me', 'agent-mount': [mount] };
  await expect(agentSettingsOf(flags, cwd)).rejects.toThrow(why);
});

test('refuses an empty command line, and folders without one', async () => {
  await expect(agentSettingsOf({ 'agent-command': ' ' }, cwd)).rejects.toThrow('is empty');
  await expect(agentSettingsOf({ 'agent-mount': ['.:/opt'] }, cwd)).rejects.toThrow('--agent-command');
});
