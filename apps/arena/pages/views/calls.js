import { html } from '/app/htm.js';
import { euros, ForUsers, Problem } from '/app/parts.js';
import { user } from '/app/server.js';
import { useValue } from '/app/sources.js';

export const Calls = () => html`<${ForUsers}>${user() && html`<${Dashboard} />`}</${ForUsers}>`;

function Dashboard() {
  const { value, problem, isChanged } = useValue('/dashboard', ['CallCentreController.dashboard']);
  if (problem) return html`<${Problem} text=${problem} />`;
  if (!value) return html`<p>Loading</p>`;
  return html`<section aria-labelledby="today"><h2 id="today">Today, ${value.day}</h2>
    <ul class=${`figures ${isChanged ? 'changed' : ''}`} key=${JSON.stringify(value.today)}>${Object.entries(value.today).map(figure)}</ul></section>
  <section aria-labelledby="month"><h2 id="month">The last 30 days</h2><ul class="figures">${Object.entries(value.month).map(figure)}</ul></section>
  <section aria-labelledby="agents"><h2 id="agents">Agents</h2>
    ${value.agents.length === 0 && html`<p class="soft">Your team has none. The demo players 1 to 20 have teams.</p>`}
    <div class="scroll" tabindex="0" role="region" aria-label="Table of agents"><table>
      <thead><tr><th scope="col">Agent</th><th scope="col">Calls today</th><th scope="col">Answered today</th><th scope="col">Calls in 30 days</th></tr></thead>
      <tbody>${value.agents.map(({ agent, today, month }) => html`<tr key=${agent.id}><th scope="row">${agent.name}</th><td>${today.calls}</td><td>${today.answered}</td><td>${month.calls}</td></tr>`)}</tbody>
    </table></div></section>
  <section aria-labelledby="leads"><h2 id="leads">Leads</h2>
    <ul class="figures">${value.leads.map(({ status, count, valueCents }) => html`<li key=${status}><strong>${count}</strong> ${status}, ${euros(valueCents)}</li>`)}</ul></section>`;
}

const words = (name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
const figure = ([name, count]) =>
  html`<li key=${name}><strong>${typeof count === 'number' ? count.toLocaleString('en', { maximumFractionDigits: 2 }) : '–'}</strong> ${words(name)}</li>`;
