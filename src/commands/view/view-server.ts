import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EvalrunError, messageOf } from '../../domain/errors.ts';
import { packTrial } from '../../reports/html/pack-trial.ts';
import type { PageAssets } from '../../reports/html/page-assets.ts';
import { pageEnd, pageStart, trialFile } from '../../reports/html/page-text.ts';
import { reportStart } from '../../reports/html/write-html.ts';
import { accessOf, type Guard } from './access.ts';
import { followRun } from './follow-run.ts';
import type { ReportCache } from './report-cache.ts';
import { type Route, routeOf } from './route.ts';
import { type RunCatalogue, runLine } from './run-catalogue.ts';

export interface ViewOptions {
  readonly catalogue: RunCatalogue;
  readonly reports: ReportCache;
  readonly assets: PageAssets;
  readonly token: string;
  /** 0 takes one that is free. */
  readonly port: number;
}

/** Serves reports to this machine alone, and to who holds the token. */
export class ViewServer implements AsyncDisposable {
  readonly port: number;
  readonly #server: Server;
  readonly #stopped: AbortController;

  private constructor(server: Server, stopped: AbortController) {
    this.#server = server;
    this.#stopped = stopped;
    this.port = (server.address() as AddressInfo).port;
  }

  /** Throws EvalrunError('usage') when the port is taken. */
  static async start(options: ViewOptions): Promise<ViewServer> {
    const stopped = new AbortController();
    const server = createServer((request, response) => {
      const { port } = server.address() as AddressInfo;
      const guard = { token: options.token, port };
      answer(request, response, { ...options, guard, signal: stopped.signal }).catch((error: unknown) =>
        fail(response, error),
      );
    });
    await listening(server, options.port);
    return new ViewServer(server, stopped);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopped.abort();
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}

async function listening(server: Server, port: number): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new EvalrunError(`port ${port} cannot be served: ${cause.message}`, { code: 'usage', cause })),
    );
    server.listen(port, '127.0.0.1', resolve);
  });
}

interface Context extends ViewOptions {
  readonly guard: Guard;
  readonly signal: AbortSignal;
}

async function answer(request: IncomingMessage, response: ServerResponse, context: Context): Promise<void> {
  const { method, url, headers } = request;
  const access = accessOf({ method, url, host: headers.host, cookie: headers.cookie }, context.guard);
  if (access.kind === 'refused') return send(response, access.status, 'text/plain', `${access.reason}\n`);
  if (access.kind === 'entered') {
    response.setHeader('Set-Cookie', access.cookie);
    response.setHeader('Location', access.path);
    return send(response, 303, 'text/plain', '');
  }
  const route = routeOf(access.path);
  if (route === undefined) return notFound(response);
  if (route.kind === 'runs') {
    const runs = await context.catalogue.lines();
    return page(response, pageStart('evalrun view', { screen: 'runs', runs }, context.assets));
  }
  const folder = await context.catalogue.folderOf(route.runId);
  return folder === undefined ? notFound(response) : answerRun(route, folder, response, context);
}

async function answerRun(
  route: Exclude<Route, { kind: 'runs' }>,
  folder: string,
  response: ServerResponse,
  { reports, assets, signal }: Context,
): Promise<void> {
  switch (route.kind) {
    case 'report': {
      const { document, ids } = await reports.report(folder, signal);
      return page(response, reportStart(document, { kind: 'beside', ids }, assets, '../../'));
    }
    case 'trial': {
      const trial = await (await reports.report(folder, signal)).page(route.position);
      if (trial === undefined) return notFound(response);
      return send(response, 200, 'text/javascript', trialFile(route.position, await packTrial(trial)));
    }
    case 'live': {
      const run = await runLine(route.runId, folder);
      return page(response, pageStart(run.title, { screen: 'live', run }, assets));
    }
    case 'events':
      return sendEvents(folder, response, signal);
  }
  route satisfies never;
}

/** Server-sent events: the run's state now and at every change, until it or the reader ends. */
async function sendEvents(folder: string, response: ServerResponse, stopped: AbortSignal): Promise<void> {
  const left = new AbortController();
  response.once('close', () => left.abort());
  head(response, 200, 'text/event-stream');
  for await (const state of followRun(folder, AbortSignal.any([left.signal, stopped])))
    response.write(`data: ${JSON.stringify(state)}\n\n`);
  response.end();
}

function page(response: ServerResponse, start: string): void {
  send(response, 200, 'text/html', start + pageEnd);
}

function notFound(response: ServerResponse): void {
  send(response, 404, 'text/plain', 'there is no such page; `/` has the list of the runs\n');
}

function fail(response: ServerResponse, error: unknown): void {
  if (response.headersSent) response.destroy();
  else send(response, 500, 'text/plain', `${messageOf(error)}\n`);
}

function send(response: ServerResponse, status: number, type: string, text: string): void {
  head(response, status, type);
  response.end(text);
}

function head(response: ServerResponse, status: number, type: string): void {
  response.writeHead(status, {
    'Content-Type': `${type}; charset=utf-8`,
    'Cache-Control': 'no-store',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Referrer-Policy': 'no-referrer',
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
  });
}
