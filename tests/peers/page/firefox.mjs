// Gives the verifier page to Debian's Firefox, from file://: the cases of cases.json but the largest, the flips and the vectors,
// which page.mjs gives to Chromium.
//
//   node firefox.mjs VERIFY.html CASES.json
//
// Needs puppeteer-core (PEERS or beside it) and FIREFOX (default /usr/bin/firefox-esr). One line a case; exit 1 when one fails.
import { createRequire } from 'node:module';
import { readFileSync, statSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const { launch } = await import(pathToFileURL(createRequire(resolve(process.env.PEERS ?? '.', 'x.js')).resolve('puppeteer-core')).href);
const [html, list] = process.argv.slice(2);
// A dropped file, and a chosen folder, cannot be simulated over WebDriver BiDi.
const here = ({ name, how, path }) => how === 'choose' && !/^(huge|vector|a bit flipped)/.test(name) && !statSync(path).isDirectory();
const cases = JSON.parse(readFileSync(list, 'utf8')).filter(here);
let failed = 0;
const say = (name, why) => { if (why) failed++; console.log(`${why ? 'FAIL' : 'ok  '} firefox: ${name}${why ? `: ${why}` : ''}`); };

const browser = await launch({ browser: 'firefox', executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr', headless: true });
const page = await browser.newPage();
const complaints = [];
page.on('console', (m) => { if (['error', 'warn'].includes(m.type())) complaints.push(m.text()); });
page.on('pageerror', (e) => complaints.push(String(e)));
await page.goto(pathToFileURL(resolve(html)).href);
await page.waitForSelector('html[data-ready]');
say(`${await browser.version()} can check`, await page.$eval('html', (e) => e.dataset.ready) === 'yes' ? '' : 'it says that it cannot');

for (const one of cases) {
  try {
    await page.evaluate((fingerprint, authority, rotation) => {
      const enter = (id, value) => { const e = document.getElementById(id); e.value = value; e.dispatchEvent(new Event('input')); };
      document.getElementById('rotation').checked = rotation;
      enter('authority', authority);
      enter('fingerprint', fingerprint);
      document.querySelector('#out').replaceChildren();
      document.querySelector('#trust-hint').textContent = '';
    }, one.fingerprint ?? '', one.authority ?? '', one.rotation);
    if (one.trust) {
      await (await page.$('#trust-file')).uploadFile(...one.trust);
      await page.waitForFunction(() => document.querySelector('#trust-hint').textContent !== '');
    }
    await (await page.$('#zip')).uploadFile(one.path);
    await page.waitForSelector('#result', { timeout: 120_000 });
    const state = await page.$eval('#result', (e) => e.dataset.state);
    const step = await page.$$eval('li[data-outcome=failed]', ([first]) => (first ? Number(first.dataset.step) : null));
    const text = await page.$eval('main', (e) => e.innerText);
    const wrong = complaints.splice(0);
    if (!one.state.split(' or ').includes(state)) wrong.push(`it says ${state}, not ${one.state}`);
    if (one.step && step !== one.step) wrong.push(`step ${step} fails, not ${one.step}`);
    if (one.holds && !text.includes(one.holds)) wrong.push(`it does not say ${JSON.stringify(one.holds)}: ${text.slice(-1500)}`);
    say(one.name, wrong.join('; '));
  } catch (error) { say(one.name, String(error)); }
}
await browser.close();
process.exit(failed ? 1 : 0);
