import {
  type Browser,
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  type Page,
} from 'playwright-core';
import { chromiumNames, findProgram } from '../machine/find-program.ts';

const flags = ['--no-sandbox', '--disable-gpu', '--disable-background-networking'];

/** Chromium as `evalrun setup --for-tests` installs it. Fails loudly where there is none. */
export async function launchChromium(): Promise<Browser> {
  const executablePath = await findProgram(chromiumNames, process.env);
  if (executablePath === undefined)
    throw new Error('no Chromium: run `evalrun setup --for-tests`, which installs it');
  return chromium.launch({ executablePath, args: flags });
}

/** A page of its own that remembers every complaint and every request that leaves the disk. */
export class WatchedPage implements AsyncDisposable {
  readonly page: Page;
  /** Errors and warnings of the console, failed scripts, dialogs. */
  readonly complaints: string[] = [];
  /** Requests that were neither a file nor of the server that is tested. */
  readonly requests: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
  }

  static async open(
    browser: Browser,
    options: BrowserContextOptions & { readonly server?: string } = {},
  ): Promise<WatchedPage> {
    const { server, ...rest } = options;
    const context = await browser.newContext({ viewport: { width: 1200, height: 900 }, ...rest });
    const page = await context.newPage();
    const watched = new WatchedPage(context, page);
    await context.route('**', async (route) => {
      const url = route.request().url();
      if (/^(file|data|blob):/.test(url) || (server !== undefined && url.startsWith(server)))
        return route.continue();
      watched.requests.push(url);
      return route.abort();
    });
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) watched.complaints.push(message.text());
    });
    page.on('pageerror', (error) => watched.complaints.push(error.message));
    page.on('dialog', (dialog) => {
      watched.complaints.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    return watched;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }
}
