import { describe, expect, it } from 'vitest';
import { listenFault } from './listen.js';

const fault = (code: string) => {
  const { code: ours, detail, remedy } = listenFault(Object.assign(new Error('bind'), { code }), 80, '10.1.2.3');
  return { code: ours, detail, remedy };
};

describe('what cannot listen', () => {
  it.each([
    ['EADDRINUSE', 'PORT_IN_USE', 'Port 80 of 10.1.2.3 is taken by another program.'],
    ['EADDRNOTAVAIL', 'CONFIGURATION_INVALID', '10.1.2.3 is no address of this machine: nothing can listen there.'],
    ['ENOTFOUND', 'CONFIGURATION_INVALID', '10.1.2.3 is no address of this machine: nothing can listen there.'],
    [
      'EACCES',
      'CONFIGURATION_INVALID',
      'This user may not listen on port 80 of 10.1.2.3: take a port above 1023, or give the program that right.',
    ],
    ['EPERM', 'CONFIGURATION_INVALID', 'Nothing can listen on port 80 of 10.1.2.3 (EPERM).'],
  ])('because of %s says so, and what to do', (cause, code, detail) => {
    expect(fault(cause)).toMatchObject({ code, detail });
    expect(fault(cause).remedy).toMatch(/^(?:End that program|Correct the settings)/);
  });
});
