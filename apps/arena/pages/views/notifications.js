import { html, useState } from '/app/htm.js';
import { Action, ForUsers, Pager, Problem, time } from '/app/parts.js';
import { send, user } from '/app/server.js';
import { useValue } from '/app/sources.js';

const PER_PAGE = 20;

export const Notifications = () => html`<${ForUsers}>${user() && html`<${List} />`}</${ForUsers}>`;

function List() {
  const [page, setPage] = useState(1);
  const query = { page, perPage: PER_PAGE };
  const count = useValue('/notifications/unread-count', ['NotificationsController.unreadCount']);
  const { value, problem } = useValue(`/notifications?${new URLSearchParams(query)}`, [
    'NotificationsController.list',
    query,
  ]);
  if (problem) return html`<${Problem} text=${problem} />`;
  return html`<section aria-label="Notifications">
    <p>${count.value ? `${count.value.unread} unread` : ''}</p>
    ${value?.total === 0 && html`<p class="soft">None yet.</p>`}
    <ul class="cards">${value?.items.map(
      (each) => html`<li key=${each.id}>
      <strong>${each.title}</strong>${each.readAt ? '' : ' (unread)'}
      <p>${each.body}</p><p>${each.sender?.name ?? 'Arena'}, ${time(each.createdAt)}</p>
      ${!each.readAt && html`<div class="row"><${Action} quiet label="Mark as read" run=${() => send('POST', `/notifications/${each.id}/read`)} /></div>`}
    </li>`,
    )}</ul>
    ${value?.total > PER_PAGE && html`<${Pager} of="notifications" ...${value} onPage=${setPage} />`}
  </section>`;
}
