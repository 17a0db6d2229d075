import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { harbor } from './harbor.ts';

const data = resolve(import.meta.dirname, '../../../../shared/data');
const reference = { name: 'public', format: 'harbor' };
const missing = existsSync(data) ? '' : ' (skipped: the public data does not lie beside the repository)';

describe.skipIf(missing !== '')(`public files${missing}`, () => {
  test('of Terminal-Bench 2.0 list, refused for want of anything but metadata', async () => {
    const { tasks } = await harbor.read(join(data, 'terminal-bench-2'), { reference });
    expect(tasks).toHaveLength(35);
    for (const task of tasks) {
      expect(task.refusals).toEqual(['Only metadata is here: the task has no environment folder.']);
      expect(task.environment.image.kind).toBe('prebuilt');
      expect(task.environment.memoryMb).toBeGreaterThanOrEqual(2048);
      expect(task.steps[0].agentTimeoutSec).toBeGreaterThanOrEqual(600);
      expect(task.steps[0].instruction).not.toBe('');
    }
  });

  test("of Harbor's own examples list, with what each asks for beyond us", async () => {
    const { tasks } = await harbor.read(join(data, 'harbor-task-toml'), { reference });
    expect(tasks).toHaveLength(25);
    const refusals = Object.fromEntries(tasks.map((task) => [task.id, task.refusals.slice(1).join(' ')]));
    expect(refusals).toMatchObject({
      'hello-world': '',
      'hello-cuda': expect.stringContaining('GPU'),
      'hello-mcp': expect.stringContaining('MCP server mcp-server (streamable-http)'),
      'hello-skills': expect.stringContaining('skills'),
      'hello-world-bat': expect.stringContaining('Windows'),
      'islo-network-policy-demo': '',
      'llm-judge-example': expect.stringContaining('ANTHROPIC_API_KEY'),
      'sidecar-artifacts': expect.stringContaining('service api'),
      'daytona-computer-use': expect.stringContaining('DAYTONA_API_KEY'),
    });
    const advanced = tasks.find((task) => task.id === 'hello-multi-step-advanced');
    expect(advanced?.steps.map((step) => step.minReward?.['reward'])).toEqual([1, 0.5, undefined]);
  });
});
