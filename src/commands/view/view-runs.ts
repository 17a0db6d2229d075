import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { readPageAssets } from '../../reports/html/page-assets.ts';
import type { CommandContext } from '../command.ts';
import { reportOpener } from './open-report.ts';
import { ReportCache } from './report-cache.ts';
import { RunCatalogue } from './run-catalogue.ts';
import { ViewServer } from './view-server.ts';

export interface ViewArguments {
  readonly runs: readonly string[] | undefined;
  readonly port: number;
  readonly results: string;
  readonly json: boolean;
}

/** Serves until Ctrl+C, which is how it is meant to end. */
export async function viewRuns(args: ViewArguments, context: CommandContext): Promise<number> {
  const catalogue = await RunCatalogue.open(args.runs ?? [], resolve(context.cwd, args.results));
  const assets = await readPageAssets();
  const token = randomBytes(24).toString('base64url');
  await using server = await ViewServer.start({
    catalogue,
    reports: new ReportCache(reportOpener(context)),
    assets,
    token,
    port: args.port,
  });
  const url = `http://127.0.0.1:${server.port}/?token=${token}`;
  context.stdout.write(args.json ? `${JSON.stringify({ type: 'view', url })}\n` : `${url}\n`);
  context.stderr.write('open this address in a browser of this machine; Ctrl+C ends it\n');
  if (!context.signal.aborted) await once(context.signal, 'abort');
  return 0;
}
