import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { TrialPage } from '../report-document.ts';

const compress = promisify(gzip);

/** A trial's page as letters that are the same in HTML, in a script and in JSON. */
export async function packTrial(page: TrialPage): Promise<string> {
  return (await compress(JSON.stringify(page))).toString('base64');
}
