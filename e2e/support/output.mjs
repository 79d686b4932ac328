// What `lapak demo` prints when it starts, one thing a line, columns apart by
// two or more spaces:
//
//   toko      http://127.0.0.1:8080/
//   gateway   http://127.0.0.1:8081/
//   masuk     maker   081200000001   a password
//
// More columns may follow; other lines are for people.

export function readOutput(text) {
  const found = { url: undefined, gatewayUrl: undefined, accounts: {} };
  // The last line may still be on its way.
  for (const line of text.split('\n').slice(0, -1)) {
    const [word, ...rest] = line.trim().split(/\t+|\s{2,}/);
    switch (word) {
      case 'toko':
        found.url ??= address(line, rest[0]);
        break;
      case 'gateway':
        found.gatewayUrl ??= address(line, rest[0]);
        break;
      case 'masuk': {
        const [role, phone, password, ...more] = rest;
        if (!role || !phone || !password) {
          throw new Error(`not a sign-in line: ${JSON.stringify(line)}`);
        }
        // The first of a role is the one tests sign in as.
        found.accounts[role] ??= { phone, password, more };
        break;
      }
    }
  }
  return found;
}

// address returns a base to put paths behind: no slash at its end.
function address(line, text) {
  if (!/^https?:\/\//.test(text ?? '')) {
    throw new Error(`not an address line: ${JSON.stringify(line)}`);
  }
  return text.replace(/\/+$/, '');
}
