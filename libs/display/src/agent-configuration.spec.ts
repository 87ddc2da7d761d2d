import { describe, expect, test } from 'vitest';
import { parseAgentConfiguration } from './agent-configuration.js';

const valid = {
  ...{ desktop: 'abc', run: 1, listen: { host: '127.0.0.1', port: 0 }, secretFile: '/s', folder: '/f', home: '/h' },
  ...{ userName: 'Hubert J. Farnsworth', width: 1280, height: 720 },
};

describe('parseAgentConfiguration', () => {
  test('takes what the protocol describes', () => {
    const pod = { authorityFile: '/x/Xauthority', failureFile: '/dev/termination-log', displayNumber: 0, listenTcp: true };
    const full = { ...valid, ...pod, addressFile: '/a', timezone: 'America/Argentina/Buenos_Aires', locale: 'zh-Hant-TW' };
    expect(parseAgentConfiguration(JSON.stringify(full))).toEqual(full);
    expect(parseAgentConfiguration(JSON.stringify(valid))).toEqual(valid);
  });

  test.each([
    ['desktop', '../x'],
    ['run', 1.5],
    ['listen', { host: '', port: 1 }],
    ['listen', { host: '::1', port: 65_536 }],
    ['listen', null],
    ['secretFile', 'relative'],
    ['folder', undefined],
    ['userName', 'a/b'],
    ['width', '800'],
    ['height', 0],
    ['timezone', '../../etc/passwd'],
    ['timezone', '/etc/localtime'],
    ['locale', 'C.UTF-8; rm'],
    ['authorityFile', 'Xauthority'],
    ['authorityFile', null],
    ['failureFile', '/dev/a\0b'],
    ['failureFile', ''],
    ['displayNumber', -1],
    ['displayNumber', 59_001],
    ['displayNumber', '1'],
    ['displayNumber', null],
    ['listenTcp', 'false'],
    ['listenTcp', 1],
    ['user', { uid: 0, gid: 1 }],
    ['user', { uid: 1 }],
    ['user', null],
    ['colour', 'red'],
  ])('names the field at fault: %s = %j', (name, value) => {
    expect(() => parseAgentConfiguration(JSON.stringify({ ...valid, [name]: value }))).toThrow(
      new RegExp(`CONFIGURATION_INVALID: .*${name}`),
    );
  });

  test('names all fields at fault at once', () => {
    expect(() => parseAgentConfiguration('{"desktop":1,"x":1}')).toThrow(/desktop .*run .*listen .*x is not a setting/);
  });

  test.each(['', '{', 'null', '[]', '1'])('refuses %j', (text) => {
    expect(() => parseAgentConfiguration(text)).toThrow('CONFIGURATION_INVALID');
  });
});
