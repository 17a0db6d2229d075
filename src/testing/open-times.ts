import type { Browser } from 'playwright-core';

/** Milliseconds from the start of navigation until the first task is there and a filter has answered. */
export async function timeToUseMs(browser: Browser, url: string): Promise<number> {
  const page = await browser.newPage();
  try {
    const start = performance.now();
    await page.goto(url, { waitUntil: 'commit' });
    await page.locator('.tasks tbody tr').first().waitFor();
    await page.getByPlaceholder('task, group, message').fill('tabq');
    await page
      .locator('.tasks tbody th', { hasText: /^tabq$/ })
      .first()
      .waitFor();
    return performance.now() - start;
  } finally {
    await page.close();
  }
}

/** Milliseconds until a trial is shown that the address names: the last of a file is there when all is read. */
export async function timeToTrialMs(browser: Browser, url: string, trialId: string): Promise<number> {
  const page = await browser.newPage();
  try {
    const start = performance.now();
    await page.goto(`${url}#/trial/${encodeURIComponent(trialId)}`, { waitUntil: 'commit' });
    await page.locator('.waterfall').waitFor({ timeout: 120_000 });
    return performance.now() - start;
  } finally {
    await page.close();
  }
}
