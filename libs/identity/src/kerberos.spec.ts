/** Keys as RFC 3962, appendix B, has them, and the shape of a keytab. */
import { expect, it } from 'vitest';
import { aes256Key, makeKeytab } from './kerberos.js';

it.each([
  [1, 'password', 'ATHENA.MIT.EDUraeburn', 'fe697b52bc0d3ce14432ba036a92e65bbb52280990a2fa27883998d72af30161'],
  [2, 'password', 'ATHENA.MIT.EDUraeburn', 'a2e16d16b36069c135d5e9d2e25f896102685618b95914b467c67622225824ff'],
  [1200, 'password', 'ATHENA.MIT.EDUraeburn', '55a6ac740ad17b4846941051e1e8b0a7548d93b0ab30a8bc3ff16280382b8c2a'],
  [50, '\u{1D11E}', 'EXAMPLE.COMpianist', '4b6d9839f84406df1f09cc166db4b83c571848b784a3d6bdc346589a3e393f9e'],
])('%i rounds of %j and %s make %s', async (iterations, password, salt, key) => {
  expect((await aes256Key(password, salt, iterations)).toString('hex')).toBe(key);
});

it('a keytab holds one key and no password', async () => {
  const name = { realm: 'R', principal: 'fry', salt: 'Rfry' };
  const key = (await aes256Key('secret', 'Rfry')).toString('hex');
  const keytab = await makeKeytab(name, 'secret', 1_000_000_000_000);
  expect(keytab.toString('hex')).toBe(
    `0502${'00000037'}${'0001'}${'000152'}${'0003667279'}${'00000001'}${'3b9aca00'}${'00'}${'0012'}${'0020'}${key}`,
  );
  expect(keytab.includes('secret')).toBe(false);
});
