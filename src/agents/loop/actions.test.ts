import { expect, test } from 'vitest';
import { actionOf, matchesAction } from './actions.ts';

const shell = (command: string, workdir?: string) =>
  actionOf('shell', JSON.stringify({ command, ...(workdir === undefined ? {} : { workdir }) }), '/app');

const patch = [
  '*** Begin Patch',
  '*** Update File: src/a.py',
  '*** Move to: src/b.py',
  '@@',
  '-old = 1',
  '+new = 1',
  '*** Add File: docs/c.md',
  '+text',
  '*** End Patch',
].join('\n');

test.each([
  ['a redirection', "cat > src/a.py <<'EOF'\nx = 1\nEOF", 'src/*.py'],
  ['an edit in place', "sed -i 's/a/b/' config/front.ini", 'config/**'],
  ['git putting back', 'git checkout -- config/front.ini', 'config/*.ini'],
  ['a removal', 'rm -rf vendor/lib.py', 'vendor/*'],
  ['an inline script', `python3 - <<'PY'\nopen("out/x.json", "w")\nPY`, 'out/*.json'],
  ['an absolute path', 'echo 1 > /app/src/a.py', 'src/a.py'],
  ['a path outside', 'echo 1 > /etc/motd', '/etc/*'],
])('%s is an edit of the files that it names', (_, command, glob) => {
  expect(matchesAction(shell(command), { files: [glob] })).toBe(true);
});

test.each([
  ['reading', 'cat src/a.py', 'src/*.py'],
  ['searching with an error stream', 'grep -rn x src/a.py 2>/dev/null', 'src/*.py'],
  ['comparing', 'test $(wc -l < src/a.py) -ge 3', 'src/*.py'],
  ['another file', 'echo 1 > src/a.txt', 'src/*.py'],
])('%s is none', (_, command, glob) => {
  expect(matchesAction(shell(command), { files: [glob] })).toBe(false);
});

test('a command is taken from its own folder', () => {
  expect(matchesAction(shell('echo 1 > a.py', 'src'), { files: ['src/a.py'] })).toBe(true);
  expect(matchesAction(shell('echo 1 > a.py', '/app/src'), { files: ['a.py'] })).toBe(false);
});

test('of a patch the files count, new names included, and the lines that it adds', () => {
  const action = actionOf('apply_patch', JSON.stringify({ patch }), '/app');
  for (const file of ['src/a.py', 'src/b.py', 'docs/c.md']) {
    expect(matchesAction(action, { files: [file] })).toBe(true);
  }
  expect(matchesAction(action, { commands: ['new = 1'] })).toBe(true);
  expect(matchesAction(action, { commands: ['old = 1'] })).toBe(false);
});

test('a command counts whatever it does', () => {
  expect(matchesAction(shell('ls | grep secret'), { commands: ['grep\\s+secret'] })).toBe(true);
});

test('what is malformed matches nothing', () => {
  const everything = { files: ['**'], commands: ['.'] };
  expect(matchesAction(actionOf('shell', '{"comm', '/app'), everything)).toBe(false);
  expect(matchesAction(actionOf('apply_patch', '{"patch":"none"}', '/app'), { files: ['**'] })).toBe(false);
});
