// Opens the verifier page in Chromium, from file://, and gives it every bundle of cases.json, as a reader would.
//
//   node page.mjs VERIFY.html CASES.json [FOLDER-FOR-SCREENSHOTS]
//
// Needs playwright-core (NODE_PATH or beside it) and CHROMIUM (default /usr/bin/chromium). One line a case; exit 1 when one fails.
import { createRequire } from 'node:module';
import { readFileSync, statSync, mkdirSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { resolve } from 'node:path';

const { chromium } = createRequire(resolve(process.env.PLAYWRIGHT ?? '.', 'x.js'))('playwright-core');
const [html, list, shots] = process.argv.slice(2);
const address = pathToFileURL(resolve(html)).href;
const cases = JSON.parse(readFileSync(list, 'utf8'));
let failed = 0;
const say = (name, why) => { if (why) failed++; console.log(`${why ? 'FAIL' : 'ok  '} page: ${name}${why ? `: ${why}` : ''}`); };

const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true,
  args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-dev-shm-usage'],
});

/** A fresh page; whatever it asks for beyond itself, or complains about, is kept. */
async function fresh(options = {}, before = null) {
  const context = await browser.newContext(options);
  const page = await context.newPage();
  const complaints = [];
  page.on('console', (m) => { if (['error', 'warning'].includes(m.type())) complaints.push(m.text()); });
  page.on('pageerror', (e) => complaints.push(String(e)));
  page.on('request', (r) => { if (r.url() !== address) complaints.push(`it asked for ${r.url()}`); });
  page.on('dialog', (d) => { complaints.push(`a dialog: ${d.message()}`); d.dismiss(); });
  if (before) await page.addInitScript(before);
  await page.goto(address);
  await page.waitForSelector('html[data-ready]');
  return { page, complaints, close: () => context.close() };
}

async function give(page, one) {
  await page.setChecked('#rotation', one.rotation ?? false);
  await page.fill('#authority', one.authority ?? '');
  if (one.trust) await page.setInputFiles('#trust-file', one.trust);
  await page.fill('#fingerprint', one.fingerprint ?? '');
  if (one.trust) { await page.setInputFiles('#trust-file', one.trust); await page.waitForFunction(() => document.querySelector('#trust-hint').textContent !== ''); }
  await page.evaluate(() => document.querySelector('#out').replaceChildren());
  if (one.how === 'drop') {
    const client = await page.context().newCDPSession(page);
    const data = { items: [], files: [resolve(one.path)], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop']) await client.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
    await client.detach();
  } else {
    await page.setInputFiles(statSync(one.path).isDirectory() ? '#folder' : '#zip', one.path);
  }
  const result = await page.waitForSelector('#result', { timeout: 120_000 });
  const step = await page.$('li[data-outcome=failed]');
  return {
    state: await result.getAttribute('data-state'),
    step: step && Number(await step.getAttribute('data-step')),
    steps: await page.$$eval('li[data-step]', (l) => l.length),
    text: await page.innerText('main'),
  };
}

let opened = await fresh();
for (const one of cases) {
  const from = Date.now();
  try {
    const said = await give(opened.page, one);
    const wrong = [];
    if (!one.state.split(' or ').includes(said.state)) wrong.push(`it says ${said.state}, not ${one.state}: ${said.text.slice(-1500)}`);
    if (one.step && said.step !== one.step) wrong.push(`step ${said.step} fails, not ${one.step}: ${said.text.slice(-1500)}`);
    if (one.holds && !said.text.includes(one.holds)) wrong.push(`it does not say ${JSON.stringify(one.holds)}: ${said.text.slice(-1500)}`);
    if (said.steps !== 12) wrong.push(`${said.steps} steps`);
    wrong.push(...opened.complaints.splice(0));
    const took = Date.now() - from;
    say(`${one.name}${took > 1500 ? ` (${(took / 1000).toFixed(1)} s)` : ''}`, wrong.join('; '));
  } catch (error) {
    say(one.name, String(error));
    await opened.close().catch(() => {});
    opened = await fresh();
  }
}
await opened.close();

// Trust that is given, changed and taken away after the check: the verdict follows.
{
  const { page, complaints, close } = await fresh();
  const good = cases[0];
  const state = () => page.getAttribute('#result', 'data-state');
  const seen = [(await give(page, { ...good, fingerprint: '' })).state];
  await page.fill('#fingerprint', good.fingerprint); seen.push(await state());
  await page.fill('#fingerprint', '0'.repeat(64)); seen.push(await state());
  await page.fill('#fingerprint', ''); seen.push(await state());
  const wanted = ['untrusted', good.state, 'failed', 'untrusted'];
  say('the verdict follows the trust', seen.join() === wanted.join() && complaints.length === 0 ? '' : `${seen}; ${complaints}`);
  await close();
}
// By keyboard alone: every control is reached, and the verdict has the focus and is announced.
{
  const { page, close } = await fresh();
  const order = [];
  for (let n = 0; n < 6; n++) { await page.keyboard.press('Tab'); order.push(await page.evaluate(() => document.activeElement.id)); }
  say('the keyboard reaches every control in order', order.join() === 'fingerprint,pick-trust,rotation,authority,pick-zip,pick-folder' ? '' : order.join());
  const [chooser] = await Promise.all([page.waitForEvent('filechooser'), (async () => { await page.focus('#pick-zip'); await page.keyboard.press('Enter'); })()]);
  await chooser.setFiles(cases[0].path);
  await page.waitForSelector('#result');
  const told = await page.evaluate(() => [document.activeElement.id, document.querySelector('[role=status]').textContent]);
  say('the verdict has the focus and is announced', told[0] === 'verdict' && told[1].startsWith('Intact, but you did not say') ? '' : told.join(' | '));
  await close();
}
// A browser that cannot check says so, and offers nothing.
for (const [what, script] of [
  ['without crypto.subtle', () => Object.defineProperty(crypto, 'subtle', { value: undefined })],
  ['without DecompressionStream', () => { delete globalThis.DecompressionStream; }],
  ['that unpacks leniently', () => {
    const Real = DecompressionStream;
    globalThis.DecompressionStream = class { constructor() {
      const real = new Real('deflate-raw');
      const writer = real.writable.getWriter();
      const reader = real.readable.getReader();
      this.writable = new WritableStream({ write: (c) => { writer.write(c).catch(() => {}); }, close: () => { writer.close().catch(() => {}); } });
      this.readable = new ReadableStream({ async pull(c) { try { const r = await reader.read(); if (r.done) c.close(); else c.enqueue(r.value); } catch { c.close(); } } });
    } };
  }],
  ['whose ECDSA says yes to anything', () => { SubtleCrypto.prototype.verify = async () => true; }],
  ['whose SHA-256 is wrong', () => { SubtleCrypto.prototype.digest = async () => new ArrayBuffer(32); }],
]) {
  const { page, close } = await fresh({}, script);
  const state = await page.getAttribute('#result', 'data-state').catch(() => null);
  const enabled = await page.$$eval('.inputs button:not([disabled]), #fingerprint:not([disabled]), #rotation:not([disabled]), #authority:not([disabled])', (l) => l.length);
  say(`a browser ${what} is refused`, state === 'unusable' && enabled === 0 ? '' : `${state}, ${enabled} controls`);
  await close();
}

// Certificates that nobody here made (C2SP's x509-limbo): the page takes none that verify refuses, and refuses none that verify takes.
{
  const vectors = resolve(import.meta.dirname, '../../vectors/x509-limbo/cases.json');
  const named = (from, to) => new Set(readFileSync(resolve(import.meta.dirname, '../../../src/verify/authority/limbo.rs'), 'utf8').split(from)[1].split(to)[0].match(/(?<=")[a-z0-9]+::[^"]+(?=")/g));
  const [taken, refused] = [named('const TAKEN', 'const REFUSED'), named('const REFUSED', '#[test]')];
  const script = readFileSync(html, 'utf8').split('<script>')[1].split('// ------------------------------------------------------------------ all steps')[0];
  const context = await browser.newContext({ bypassCSP: true });
  const page = await context.newPage();
  await page.goto(address);
  const list = JSON.parse(readFileSync(vectors, 'utf8'));
  const kinds = await page.evaluate(async ([code, all]) => {
    const { unbase64, certificateOf, listOf, standingOf, instant, Refused } = new Function(`${code}return { unbase64, certificateOf, listOf, standingOf, instant, Refused }; })()`.replace('(() => {', 'return (() => {'))();
    const of = async (one) => {
      const der = (text) => unbase64(text, 'it');
      const lists = one.crls.map((text) => { try { return listOf(der(text), 'it'); } catch (error) { return { broken: error.message }; } });
      const kinds = [];
      for (const root of one.roots) {
        try {
          const question = { leaf: await certificateOf(der(one.leaf)), authority: await certificateOf(der(root)), beside: one.between.map(der), usage: { oid: '2b06010505070301', name: 'TLS server' }, at: instant(one.time ?? '2026-01-01T00:00:00Z') };
          kinds.push((await standingOf(question, lists)).kind);
        } catch (error) { if (!(error instanceof Refused)) throw error; kinds.push('unreadable'); }
      }
      return kinds;
    };
    const out = [];
    for (const one of all) out.push(await of(one));
    return out;
  }, [script, list]);
  const isTaken = (n) => kinds[n].some((kind) => kind === 'good' || (kind === 'open' && list[n].crls.length === 0));
  const wrong = list.map((one, n) => [one, isTaken(n), kinds[n]])
    .filter(([one, yes]) => (yes ? one.expected === 'FAILURE' && !taken.has(one.id) : one.expected === 'SUCCESS' && !refused.has(one.id)));
  say(`certificates are judged as limbo judges them (${list.length})`, wrong.map(([one, yes, kind]) => `${one.id} ${yes ? 'taken' : 'refused'} ${kind}`).join('; '));
  await context.close();
}

if (shots) {
  mkdirSync(shots, { recursive: true });
  const pictures = [
    ['start-light', {}, null], ['start-dark', { colorScheme: 'dark' }, null], ['start-phone', { viewport: { width: 360, height: 740 } }, null],
    ['good-light', {}, 'as if live'], ['good-dark', { colorScheme: 'dark' }, 'as if live'], ['good-phone', { viewport: { width: 360, height: 740 } }, 'as if live'],
    ['untrusted-light', {}, 'good, but nobody is trusted'], ['failed-light', {}, 'an altered file'], ['failed-dark', { colorScheme: 'dark' }, 'an altered file'],
    ['failed-phone', { viewport: { width: 360, height: 740 } }, 'good, with another fingerprint'], ['demo-light', {}, 'good, with its fingerprint'], ['attested-light', {}, 'two attestations, the second by a stranger'],
    ['attested-phone', { viewport: { width: 360, height: 740 } }, 'two attestations, the second by a stranger'], ['rotated-light', {}, 'a rotation that the reader follows'],
    ['stamped-light', {}, 'a time stamp by the authority that the reader named'],
    ...[['certified', 'certified: over another authority'], ['unknown-authority', 'certified: by another authority of the same name'], ['unlisted', 'certified: without a list'],
      ['clocked', 'a time stamp from before the collection and one over the seal'], ['rotated', 'a rotation that the reader follows']]
      .flatMap(([name, which]) => [[`${name}-1280`, { viewport: { width: 1280, height: 800 } }, which], [`${name}-400`, { viewport: { width: 400, height: 800 } }, which]]),
  ];
  for (const [name, options, which] of pictures) {
    const { page, close } = await fresh(options);
    if (which) await give(page, cases.find((c) => c.name === which));
    await page.evaluate(() => scrollTo(0, 0));
    await page.screenshot({ path: `${shots}/${name}.png`, fullPage: true });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    say(`${name} fits its width`, wide <= 0 ? '' : `${wide} pixels too wide`);
    await close();
  }
}
await browser.close();
process.exit(failed ? 1 : 0);
