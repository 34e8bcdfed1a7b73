import { html, useEffect, useState } from '/app/htm.js';
import { Action, ForUsers, Problem, time, useValue } from '/app/parts.js';
import { onEvent, send, user } from '/app/server.js';

export const Notifications = () => html`<${ForUsers}>${user() && html`<${List} />`}</${ForUsers}>`;

function List() {
  const [news, setNews] = useState('');
  const count = useValue('/notifications/unread-count', ['NotificationsController.unreadCount']);
  const { value, problem } = useValue('/notifications?perPage=20', ['NotificationsController.list', { perPage: 20 }]);
  useEffect(
    () => onEvent('notification', ({ notification }) => setNews(`${notification.title}: ${notification.body}`)),
    [],
  );
  if (problem) return html`<${Problem} text=${problem} />`;
  return html`<section aria-label="Notifications">
    <p role="status">${news}</p>
    <p>${count.value ? `${count.value.unread} unread` : ''}</p>
    <ul class="cards">${value?.items.map(
      (each) => html`<li key=${each.id}>
      <strong>${each.title}</strong>${each.readAt ? '' : ' (unread)'}
      <p>${each.body}</p><p>${each.sender?.name ?? 'Arena'}, ${time(each.createdAt)}</p>
      ${!each.readAt && html`<${Action} quiet label="Mark as read" run=${() => send('POST', `/notifications/${each.id}/read`)} />`}
    </li>`,
    )}</ul>
  </section>`;
}
