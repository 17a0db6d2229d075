import { once } from 'node:events';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import OpenAI from 'openai';
import { expect, test } from 'vitest';
import { CliProcess } from '../testing/cli-process.ts';
import { runMain } from '../testing/run-main.ts';

const cwd = tmpdir();

/** The first line of stdout, once it is there. */
async function firstLine(cli: CliProcess): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  const look = setInterval(() => {
    const [line] = cli.lines;
    if (line !== undefined) resolve(line);
  }, 20);
  const ended = cli.ended.then(({ stderr }) => Promise.reject(new Error(`ended without a line: ${stderr}`)));
  try {
    return await Promise.race([promise, ended]);
  } finally {
    clearInterval(look);
  }
}

const clientOf = (baseURL: string) => new OpenAI({ baseURL, apiKey: 'simulated', maxRetries: 0 });

test('answers any client at the address that it prints, until Ctrl+C', async () => {
  const cli = new CliProcess(['simulate', '--time-scale', '0', '--fault', '500@request=2'], cwd);
  const baseUrl = await firstLine(cli);
  expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/v1$/);
  const client = clientOf(baseUrl);
  const models = (await client.models.list()).data.map(({ id }) => id);
  expect(models).toEqual(expect.arrayContaining(['spark', 'gpt-5.3-codex-spark', 'deep']));
  const ask = () => client.responses.create({ model: 'spark', input: 'Hello.' });
  expect((await ask()).output_text).toContain('This is the simulator.');
  await expect(ask()).rejects.toMatchObject({ status: 500 });
  expect((await ask()).status).toBe('completed');
  cli.send('SIGINT');
  const { code, lines, stderr } = await cli.ended;
  expect({ code, lines }).toEqual({ code: 0, lines: [baseUrl] });
  expect(stderr).toContain('*** SIMULATED: this plays spark (gpt-5.3-codex-spark) and deep');
  expect(stderr).toContain('every prompt gets the same short answer');
  expect(stderr).toContain('fault: 500@request=2');
});

test('plays the tasks of a suite, and says in JSON what it plays', async () => {
  const flags = ['--suite', 'swe-pro', '--model', 'spark', '--time-scale', '0', '--seed', '3', '--json'];
  const cli = new CliProcess(['simulate', ...flags], cwd);
  const said = JSON.parse(await firstLine(cli)) as { baseUrl: string; tasks: string[] };
  expect(said).toMatchObject({
    simulated: true,
    models: [{ alias: 'spark' }],
    seed: 3,
    timeScale: 0,
    faults: [],
  });
  expect(said.tasks).toHaveLength(12);
  const shell = { type: 'function' as const, name: 'shell', parameters: { type: 'object' }, strict: false };
  const { output } = await clientOf(said.baseUrl).responses.create({
    model: 'spark',
    input: 'Fix it.',
    tools: [shell],
    metadata: { task: said.tasks[0] ?? '' },
  });
  expect(output.at(-1)).toMatchObject({ type: 'function_call', name: 'shell' });
  cli.send('SIGTERM');
  expect((await cli.ended).code).toBe(0);
});

test('what cannot be played is refused before anything listens', async () => {
  const refused = async (...flags: string[]) => {
    const { code, stdout, stderr } = await runMain(['simulate', ...flags], { cwd });
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
    return stderr;
  };
  expect(await refused('--fault', 'stal')).toContain('did you mean "stall"?');
  expect(await refused('--model', 'sparc')).toContain('did you mean "spark"?');
  expect(await refused('--suite', 'swe-pro', '--dataset', 'swe-pro-mini')).toContain('not both');
  expect(await refused('--port', '70000')).toContain('--port must be from 0 to 65535');
  expect(await refused('--time-scale', '-1')).toContain('--time-scale must be');
  expect(await refused('--seed', '1.5')).toContain('--seed must be');
});

test('a port that is taken is named', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? String(address.port) : '';
  const { code, stderr } = await runMain(['simulate', '--port', port], { cwd });
  server.close();
  expect(code).toBe(2);
  expect(stderr).toContain(`cannot listen on 127.0.0.1 port ${port}`);
});
