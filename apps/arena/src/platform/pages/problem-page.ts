import { HttpStatus } from '@nestjs/common';
import type { ProblemDetails } from '../http/problems/problem.js';
import { html } from './html.js';
import { pageOf } from './page.js';

/** A problem as a page: what happened, and ways to go on. */
export function problemPage({ title, status, detail, instance, errors = [] }: ProblemDetails): string {
  const signIn = html`<li><a href="/app/account">Sign in</a> to see what belongs to you.</li>`;
  return pageOf({
    title,
    about: detail,
    content: html`<section aria-labelledby="problem">
      <h2 id="problem">What happened</h2>
      <dl><dt>Status</dt><dd>${status}</dd><dt>Path</dt><dd><code>${instance}</code></dd></dl>
      <ul>${errors.map(({ field, message }) => html`<li>${field}: ${message}</li>`)}</ul>
    </section>
    <section aria-labelledby="on">
      <h2 id="on">Go on</h2>
      <ul>
        ${status === HttpStatus.UNAUTHORIZED ? signIn : ''}
        <li><a href="/">The start page</a> leads to all others.</li>
        <li><a href="/docs">All routes</a> for programs.</li>
      </ul>
    </section>`,
  });
}
