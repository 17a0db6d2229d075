import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Child<Ready> extends Disposable {
  readonly ready: Ready;
  /** Sends a message and waits for the answer. */
  ask<Answer>(message: object): Promise<Answer>;
}

/** A script of this folder as a process of its own; its first message says that it is ready. */
export async function startChild<Ready>(script: string, argument: object = {}): Promise<Child<Ready>> {
  const path = fileURLToPath(new URL(`./${script}.ts`, import.meta.url));
  const child = fork(path, [JSON.stringify(argument)], {
    execArgv: ['--expose-gc'],
    serialization: 'advanced',
  });
  const ready = (await messageOf(child, script)) as Ready;
  return {
    ready,
    ask: async <Answer>(message: object) => {
      const answer = messageOf(child, script);
      child.send(message);
      return (await answer) as Answer;
    },
    [Symbol.dispose]: () => child.disconnect(),
  };
}

function messageOf(child: ChildProcess, script: string): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const onExit = (code: number | null) => reject(new Error(`${script} ended with ${code}`));
  child.once('exit', onExit);
  child.once('message', (message) => {
    child.off('exit', onExit);
    resolve(message);
  });
  return promise;
}

/** In the child: says that it is ready and answers every message. */
export function serveParent<Message>(
  ready: object,
  answer: (message: Message) => Promise<object>,
  close: () => PromiseLike<void> = async () => {},
): void {
  process.on('message', async (message) => process.send?.(await answer(message as Message)));
  process.once('disconnect', async () => {
    await close();
    process.exit();
  });
  process.send?.(ready);
}

export function argumentOf<Argument>(): Argument {
  return JSON.parse(process.argv[2] ?? '{}') as Argument;
}
