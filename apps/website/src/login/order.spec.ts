import { describe, expect, it } from 'vitest';
import type { Provider } from '../api/types.js';
import { arrange } from './order.js';

const provider = (id: string, kind: Provider['kind']): Provider => ({ id, kind, displayName: id });
const local = provider('local', 'local');
const directory = provider('hq', 'ldap');
const google = provider('google', 'oauth2');
const anonymous = provider('anonymous', 'anonymous');
const ids = (providers: readonly Provider[]) => providers.map(({ id }) => id);

describe('the ways of logging in', () => {
  it('show forms first, in the order of the installation', () => {
    const all = arrange([google, local, anonymous, directory], undefined);
    expect([ids(all.forms), ids(all.buttons), all.first]).toEqual([['local', 'hq'], ['google', 'anonymous'], 'forms']);
  });

  it('put the last used form first', () => {
    expect(ids(arrange([local, directory], 'hq').forms)).toEqual(['hq', 'local']);
  });

  it('put the buttons first when one of them was used last', () => {
    const all = arrange([local, google, anonymous], 'anonymous');
    expect([ids(all.buttons), all.first]).toEqual([['anonymous', 'google'], 'buttons']);
  });

  it('forget a last one that is not offered any more', () => {
    expect(arrange([local, anonymous], 'gone').first).toBe('forms');
  });

  it('show buttons alone where nothing asks for a password', () => {
    expect(arrange([anonymous], undefined).first).toBe('buttons');
  });
});
