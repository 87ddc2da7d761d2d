/** Local accounts keep the contract of providers. */
import { fileURLToPath } from 'node:url';
import { LocalProvider } from '../../libs/identity/src/local/local-provider.js';
import { describeIdentityProvider } from './identity-provider.contract.js';

const file = fileURLToPath(new URL('../../apps/standalone/demo/accounts.yaml', import.meta.url));

describeIdentityProvider('local accounts', async () => ({
  provider: await LocalProvider.open('planet-express', 'Planet Express', true, file),
  password: 'fry',
  subject: /^planetexpress-fry$/,
  groups: [],
}));
