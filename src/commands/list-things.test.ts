import { expect, test } from 'vitest';
import { repositoryFolder, runMain } from '../testing/run-main.ts';

test("a suite's tasks are listed as they are tried and as --tasks names them, interventions included", async () => {
  const { code, stdout } = await runMain(
    ['list', 'tasks', '--suite', 'interactive', '--tasks', '*.redirect', '--json'],
    { cwd: repositoryFolder },
  );
  const ids = stdout
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { readonly id: string }).id);
  expect(code).toBe(0);
  expect(ids).toContain('job-durations.redirect');
  expect(ids.every((id) => id.endsWith('.redirect'))).toBe(true);
});
