// Goes through the web pages with a real browser, as people do: in both languages, both colours, with and without script, with the
// keyboard alone, on a phone. Prints a line for each promise, ends with 1 if one was not kept, and leaves pictures of every page.
import { createRequire } from 'node:module';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { chromium } from 'playwright-core';

const url = process.env.PATROL_URL.replace(/\/$/, '');
const password = process.env.PATROL_PASSWORD;
const pictures = process.env.PATROL_PICTURES;
const tokens = '/-/user_settings/personal_access_tokens';
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
mkdirSync(pictures, { recursive: true });

let failures = 0;
function promise(kept, what, detail = '') {
    console.log(`${kept ? 'ok' : 'not ok'} - ${what}${kept || !detail ? '' : `: ${detail}`}`);
    if (!kept) failures++;
}

const pages = {
    'access-tokens': tokens,
    'new-token': `${tokens}?name=nightly+backup&scopes=read_api,read_repository&description=prefilled`,
    renew: `${tokens}/${process.env.PATROL_TOKEN_ID}/renew`,
    revoke: `${tokens}/${process.env.PATROL_TOKEN_ID}/revoke`,
    'token-check': '/-/token_check',
    resources: '/-/resources',
    'project-tokens': '/platform/website/-/settings/access_tokens',
    'group-tokens': '/groups/platform/-/settings/access_tokens',
    calendar: '/-/calendar',
    password: '/-/user_settings/password/edit',
    'all-tokens': '/admin/tokens',
    'one-token': `/admin/tokens/${process.env.PATROL_TOKEN_ID}`,
    expiry: '/admin/expiry',
    users: '/admin/users',
    user: '/admin/users/2',
    'new-user': '/admin/users/new',
    'edit-user': '/admin/users/2/edit',
    block: '/admin/users/2/block',
    settings: '/admin/settings',
    jobs: '/admin/jobs',
    audit: '/admin/audit',
    missing: '/nowhere',
};

const browser = await chromium.launch({
    executablePath: process.env.PATROL_CHROMIUM,
    args: ['--no-sandbox', '--disable-gpu', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'],
});

// What every page loads besides itself.
const head = await (await fetch(`${url}/users/sign_in`)).text();
const files = [...new Set([...head.matchAll(/(?:href|src)="(\/-\/assets\/[^"]+)"/g)].map(match => match[1]))];
const filesWeight = (await Promise.all(files.map(async file => (await (await fetch(url + file)).arrayBuffer()).byteLength))).reduce((sum, size) => sum + size, 0);
promise(files.length === 3, 'a page loads a stylesheet, a script and an icon', files.join(' '));

async function person(options = {}) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 860 }, locale: 'en', reducedMotion: 'reduce', ...options });
    const page = await context.newPage();
    page.complaints = [];
    page.on('pageerror', error => page.complaints.push(error.message));
    page.on('console', message => { if (message.type() === 'error' && !message.text().includes('404')) page.complaints.push(message.text()); });
    page.on('request', request => { if (!request.url().startsWith(`${url}/`)) page.complaints.push(`asked for ${request.url()}`); });
    page.on('dialog', dialog => { page.complaints.push(`a name ran: ${dialog.message()}`); return dialog.dismiss(); });
    return page;
}

async function signIn(page, login = 'root') {
    await page.goto(`${url}/users/sign_in`);
    await page.fill('[name=login]', login);
    await page.fill('[name=password]', password);
    await Promise.all([page.waitForURL(`**${tokens}`), page.press('[name=password]', 'Enter')]);
}

async function judge(page, what) {
    // The content security policy holds for the page; axe comes in past it.
    await page.evaluate(axe);
    const found = await page.evaluate(() => window.axe.run({ resultTypes: ['violations'], runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
    const serious = found.violations.filter(one => ['serious', 'critical', 'moderate'].includes(one.impact));
    promise(serious.length === 0, `axe finds nothing on ${what}`,
        serious.map(one => `${one.id} (${one.nodes.slice(0, 3).map(node => `${node.target} ${node.any[0]?.message ?? ''}`).join('; ')})`).join(' | '));
}

// Every page in both languages, both colours, on a wide screen and on a phone, so that each two of them come together; all at once,
// each in a window of its own.
await Promise.all([['en', 'light', 1280], ['en', 'dark', 390], ['ja', 'light', 390], ['ja', 'dark', 1280]].map(async ([locale, colorScheme, width]) => {
    const page = await person({ locale, colorScheme, viewport: { width, height: 860 } });
    const kind = `${locale}-${colorScheme}${width < 500 ? '-phone' : ''}`;
    await page.goto(`${url}/users/sign_in`);
    await judge(page, `sign-in, ${kind}`);
    await page.screenshot({ path: join(pictures, `sign-in-${kind}.png`) });
    await signIn(page);
    for (const [name, path] of Object.entries(pages)) {
        const answer = await page.goto(url + path);
        const weight = (await answer.body()).length;
        promise(answer.status() === (name === 'missing' ? 404 : 200), `${name} is there, ${kind}`, `${answer.status()}`);
        promise(weight + filesWeight < 100_000, `${name} weighs less than 100 kB with all it loads, ${kind}`, `${weight} + ${filesWeight}`);
        promise(await page.evaluate(() => document.documentElement.lang) === locale, `${name} is in ${locale}, ${kind}`);
        const wide = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        promise(wide <= 0, `${name} is no wider than the screen, ${kind}`, `${wide} pixels`);
        const touching = await page.evaluate(() => [...document.querySelectorAll('.badge')].filter(badge => {
            const box = badge.getBoundingClientRect();
            const next = badge.nextElementSibling?.getBoundingClientRect();
            return next && next.width > 0 && Math.abs(next.top - box.top) < box.height / 2 && next.left - box.right < 3;
        }).length);
        promise(touching === 0, `no mark touches what is beside it on ${name}, ${kind}`, `${touching} do`);
        await judge(page, `${name}, ${kind}`);
        await page.screenshot({ path: join(pictures, `${name}-${kind}.png`), fullPage: true });
    }
    promise(page.complaints.length === 0, `the browser has nothing to complain of, ${kind}`, page.complaints.join('; '));
    await page.context().close();
}));

// What the README shows.
for (const [name, path, colorScheme] of [['access-tokens', tokens, 'light'], ['expiry-calendar', '/admin/expiry', 'dark']]) {
    const page = await person({ colorScheme, viewport: { width: 1120, height: 720 } });
    await signIn(page);
    await page.goto(url + path);
    await page.screenshot({ path: join(pictures, `readme-${name}.png`) });
    await page.context().close();
}

// The way of a token, with script and without.
for (const javaScriptEnabled of [true, false]) {
    const kind = javaScriptEnabled ? 'with script' : 'without script';
    const context = await browser.newContext({ javaScriptEnabled, locale: 'en', viewport: { width: 1280, height: 860 }, permissions: ['clipboard-read', 'clipboard-write'] });
    const page = await context.newPage();
    await signIn(page);

    await page.click('summary.summary');
    await page.fill('[name=name]', `made ${kind}`);
    await page.check('[name=scopes][value=read_api]');
    await Promise.all([page.waitForURL(`**${tokens}`), page.click('details.card button.main')]);
    const text = await page.inputValue('#token-text');
    promise(/^glpat-/.test(text), `a new token is shown, ${kind}`);
    promise(!page.url().includes(text), `and is in no address, ${kind}`);
    await page.screenshot({ path: join(pictures, `shown-once-${javaScriptEnabled ? 'script' : 'no-script'}.png`) });
    const copies = await page.locator('[data-copy]').isVisible();
    promise(copies === javaScriptEnabled, `a copy button is there where it works, ${kind}`);
    if (javaScriptEnabled) {
        await page.click('[data-copy]');
        await page.waitForFunction(() => document.querySelector('[data-copy] [data-label]').textContent === 'Copied');
        promise(await page.evaluate(() => navigator.clipboard.readText()) === text, 'the copy button copies');
    }
    await page.goto(`${url}/-/resources`);
    await page.goBack();
    promise(!(await page.content()).includes(text) && await page.locator('#token-text').count() === 0, `back does not show it again, ${kind}`);
    await page.reload();
    promise(!(await page.content()).includes(text) && await page.locator('#token-text').count() === 0, `reload does not show it again, ${kind}`);

    const row = page.locator('tr', { hasText: `made ${kind}` }).first();
    await row.getByRole('link', { name: /Renew/ }).click();
    await page.selectOption('[name=grace]', '24');
    await Promise.all([page.waitForURL(`**${tokens}`), page.click('main button.main')]);
    promise(await page.locator('#token-text').count() === 1 && (await page.content()).includes('it will be revoked at'), `a token is renewed, ${kind}`);

    await page.locator('tr', { hasText: `made ${kind}` }).first().getByRole('link', { name: /Revoke/ }).click();
    const dialog = page.locator('dialog');
    if (javaScriptEnabled) {
        await dialog.waitFor();
        promise(page.url().endsWith(tokens), 'with script it is asked in place');
        await page.screenshot({ path: join(pictures, 'revoke-dialog.png') });
        await dialog.getByText('Cancel').click();
        await dialog.waitFor({ state: 'detached' });
        await page.locator('tr', { hasText: `made ${kind}` }).first().getByRole('link', { name: /Revoke/ }).click();
    }
    await page.getByRole('button', { name: 'Revoke the token' }).click();
    await page.getByText('is revoked.').waitFor();
    promise(true, `a token is revoked after a question, ${kind}`);

    await page.goto(`${url}/-/token_check`);
    await page.fill('[name=token]', ` ${text} `);
    await Promise.all([page.waitForLoadState(), page.click('main button.main')]);
    await page.locator('#answer').waitFor();
    promise((await page.locator('#answer').innerText()).length > 0 && !(await page.content()).includes(text), `the check answers and shows no text, ${kind}`);

    // Many at once: those of one author, counted and confirmed.
    await page.goto(`${url}/admin/tokens?owner=lee&state=active`);
    await page.check('[name=which][value=all]');
    await page.selectOption('#action', 'extend_by');
    await page.fill('[name=by]', '1d');
    await page.getByRole('button', { name: 'Continue…' }).click();
    await page.locator('[name=sure]').waitFor();
    await page.screenshot({ path: join(pictures, `bulk-${javaScriptEnabled ? 'script' : 'no-script'}.png`) });
    await page.check('[name=sure]');
    await page.getByRole('button', { name: 'Extend tokens' }).click();
    await page.getByText('tokens have a new expiry date.').waitFor();
    promise(true, `many are extended after a count and a second confirmation, ${kind}`);
    if (javaScriptEnabled) {
        await page.check('[data-select-all]');
        promise(await page.locator('[name=ids]:not(:checked)').count() === 0 && await page.locator('#selected-count').innerText() !== '0', 'all on a page are selected at once');
    }

    await page.goto(`${url}/admin/expiry`);
    await page.locator('.months a').first().click();
    await page.waitForURL('**/admin/tokens?on=*');
    promise(await page.locator('tbody tr').count() > 0, `a day of the calendar lists its tokens, ${kind}`);

    await page.getByRole('button', { name: '日本語' }).click();
    await page.locator('html[lang=ja]').waitFor({ state: 'attached' });
    promise(page.url().includes('/admin/tokens?on='), `the language is chosen where one is, ${kind}`);
    await page.locator('footer button[value=dark]').click();
    await page.locator('html[data-theme=dark]').waitFor({ state: 'attached' });
    promise(true, `so are the colours, ${kind}`);
    // What is chosen goes with the person to other browsers.
    await page.getByRole('button', { name: 'English' }).click();
    await page.locator('html[lang=en]').waitFor({ state: 'attached' });
    await context.close();
}

// The keyboard alone.
{
    const page = await person();
    await page.goto(`${url}/users/sign_in`);
    await page.keyboard.type('root');
    await page.keyboard.press('Tab');
    await page.keyboard.type(password);
    await Promise.all([page.waitForURL(`**${tokens}`), page.keyboard.press('Enter')]);
    await page.keyboard.press('Tab');
    promise(await page.evaluate(() => document.activeElement.className) === 'skip', 'the first stop leads past the menu');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    promise(await page.evaluate(() => document.activeElement.tagName) === 'SUMMARY', 'and from there to the first thing to do');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.type('by keyboard');
    for (let stop = 0; stop < 40 && await page.evaluate(() => document.activeElement.value) !== 'read_api'; stop++) await page.keyboard.press('Tab');
    await page.keyboard.press('Space');
    const outlined = await page.evaluate(() => getComputedStyle(document.activeElement).outlineStyle);
    promise(outlined !== 'none', 'where one is can be seen');
    await Promise.all([page.waitForURL(`**${tokens}`), page.keyboard.press('Enter')]);
    promise((await page.inputValue('#token-text')).startsWith('glpat-'), 'a token is made with the keyboard alone');
    await page.locator('tr', { hasText: 'by keyboard' }).getByRole('link', { name: /Revoke/ }).focus();
    await page.keyboard.press('Enter');
    await page.locator('dialog').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('dialog').waitFor({ state: 'detached' });
    promise(/Revoke/.test(await page.evaluate(() => document.activeElement.getAttribute('aria-label'))), 'a question is left with Escape, and one is where one was');
    promise(page.complaints.length === 0, 'the browser has nothing to complain of, keyboard', page.complaints.join('; '));
    await page.context().close();
}

await browser.close();
console.log(`${failures} promises were not kept`);
process.exit(failures === 0 ? 0 : 1);
