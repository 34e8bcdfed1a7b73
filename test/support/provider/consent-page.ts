/** Asks the user whether arena may act for an account, which can be any. */
export function consentPage(provider: string, asked: URLSearchParams): string {
  const name = provider.replace(/[^\w-]/g, '');
  return `<!doctype html>
<html lang="en">
  <head><meta charset="utf-8"><title>Sign in to ${name}</title></head>
  <body>
    <h1>${name}</h1>
    <p>Arena wants to act for your account.</p>
    <form method="post" action="?${asked.toString().replaceAll('&', '&amp;')}">
      <label>Account <input name="account" value="ada" required></label>
      <button name="decision" value="allow">Allow</button>
      <button name="decision" value="deny">Deny</button>
    </form>
  </body>
</html>
`;
}
