#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// Before anything else is imported: what was compiled once is taken from the cache the next time.
enableCompileCache();
const { main } = await import('./commands/main.ts');
const { takeEnvironment } = await import('./lib/secrets.ts');

/** The first Ctrl+C stops starting and cleans up, which a run says in its progress; the second leaves at once. */
const stop = new AbortController();
const onSignal = (): void => {
  if (stop.signal.aborted) process.exit(130);
  stop.abort(new DOMException('interrupted', 'AbortError'));
};
process.on('SIGINT', onSignal);
process.on('SIGTERM', onSignal);
// A closed pipe (`evalrun list … | head`) is the reader's choice, not a failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

const code = await main(process.argv.slice(2), {
  stdout: process.stdout,
  stderr: process.stderr,
  env: takeEnvironment(process.env),
  cwd: process.cwd(),
  packageFolder: join(import.meta.dirname, '..'),
  signal: stop.signal,
});
// Standard output may be a pipe that is still being read: let it drain before the end.
process.exitCode = code;
process.stdout.write('', () => process.exit(code));
