import { describe, expect, it } from 'vitest';
import { html } from '../../../src/sandbox/shop/site/html.ts';
import { localTime, renderPage, rupees } from '../../../src/sandbox/shop/site/layout.ts';

describe('html', () => {
  it('escapes every value, in text and in attributes', () => {
    const name = `"><script>alert('x & y')</script>`;
    expect(html`<p title="${name}">${name}</p>`.text).toBe(
      '<p title="&quot;&gt;&lt;script&gt;alert(&#39;x &amp; y&#39;)&lt;/script&gt;">' +
        '&quot;&gt;&lt;script&gt;alert(&#39;x &amp; y&#39;)&lt;/script&gt;</p>',
    );
  });

  it('puts pieces into pieces without escaping them twice, and nothing for null', () => {
    const items = ['a', '<b>'].map((text) => html`<i>${text}</i>`);
    expect(html`<p>${items}${null}${3}</p>`.text).toBe('<p><i>a</i><i>&lt;b&gt;</i>3</p>');
  });
});

describe('a page', () => {
  it('escapes its title and its visitor', () => {
    const page = renderPage('<i>', { kind: 'retailer', name: '<u>' }, html`<p>body</p>`);
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).toContain('<h1>&lt;i&gt;</h1>');
    expect(page).not.toMatch(/<i>|<u>/);
  });

  it('shows amounts and times as the shop does', () => {
    expect(rupees('123456.50')).toBe('₹ 1,23,456.50');
    expect(localTime(new Date('2026-11-20T20:05:00Z'))).toBe('21 Nov 2026, 01:35');
    expect(localTime(null)).toBe('');
  });
});
