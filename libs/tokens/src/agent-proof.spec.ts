import { randomBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { type AgentIdentity, AgentProofVerifier, proveToAgent } from '#libs/tokens';

const agent: AgentIdentity = { desktop: 'd'.repeat(26), run: 2, secret: randomBytes(32) };
const display = { method: 'GET', path: '/display', scopes: ['view', 'control'] as const };
const refused = expect.objectContaining({ code: 'AGENT_PROOF_INVALID' });
const verify =
  (header: string | undefined, identity = agent, now?: number) =>
  () =>
    new AgentProofVerifier(identity).verify(header, display.method, display.path, now);

describe('proof', () => {
  it('shows each side that the other knows the secret, and what the caller may do', () => {
    const proof = proveToAgent(agent, display);
    const { scopes, answer } = new AgentProofVerifier(agent).verify(proof.header, 'GET', '/display');
    expect([...scopes]).toEqual(['control', 'view']);
    expect(proof.isAnswer(answer)).toBe(true);
    expect(proof.header).not.toContain(Buffer.from(agent.secret).toString('base64url'));
  });

  it('is refused from whoever knows another secret, or means another desktop or run', () => {
    const { header } = proveToAgent(agent, display);
    for (const other of [{ secret: randomBytes(32) }, { desktop: 'e'.repeat(26) }, { run: 3 }])
      expect(verify(header, { ...agent, ...other })).toThrow(refused);
  });

  it('is refused for another method, path or wider scopes', () => {
    const { header } = proveToAgent(agent, { ...display, scopes: ['view'] });
    const verifier = new AgentProofVerifier(agent);
    expect(() => verifier.verify(header, 'POST', '/display')).toThrow(refused);
    expect(() => verifier.verify(header, 'GET', '/display?x')).toThrow(refused);
    expect(() => verifier.verify(header.replace(';view;', ';control view;'), 'GET', '/display')).toThrow(refused);
  });

  it('is refused a second time', () => {
    const { header } = proveToAgent(agent, display);
    const verifier = new AgentProofVerifier(agent);
    verifier.verify(header, 'GET', '/display');
    expect(() => verifier.verify(header, 'GET', '/display')).toThrow(refused);
  });

  it('is refused when the clocks differ by more than two minutes, either way', () => {
    const now = 1_800_000_000_000;
    const { header } = proveToAgent(agent, display, now);
    expect(verify(header, agent, now + 120_000)).not.toThrow();
    expect(verify(header, agent, now - 120_000)).not.toThrow();
    expect(verify(header, agent, now + 121_000)).toThrow(refused);
    expect(verify(header, agent, now - 121_000)).toThrow(refused);
  });

  it('stays refused when it is repeated after its nonce could be forgotten', () => {
    const now = 1_800_000_000_000;
    const fast = proveToAgent(agent, display, now + 119_000);
    const verifier = new AgentProofVerifier(agent);
    verifier.verify(fast.header, 'GET', '/display', now);
    for (let later = now; later <= now + 300_000; later += 10_000)
      expect(() => verifier.verify(fast.header, 'GET', '/display', later)).toThrow(refused);
  });

  it.each([undefined, '', 'v1', 'v2;a;1;n;m', 'v1;;;;', 'v1;view;NaN;n;m', `${proveToAgent(agent, display).header};more`])(
    'is refused when malformed: %s',
    (header) => expect(verify(header)).toThrow(refused),
  );

  it('of an answer is refused when it is missing, another or for another question', () => {
    const [one, two] = [proveToAgent(agent, display), proveToAgent(agent, display)];
    const { answer } = new AgentProofVerifier(agent).verify(one.header, 'GET', '/display');
    expect([undefined, '', 'v1;', `${answer}x`].some(one.isAnswer)).toBe(false);
    expect(two.isAnswer(answer)).toBe(false);
  });
});
