/** The one page: who is here decides what it shows. */
import { lazy, Suspense, useEffect, useState } from 'react';
import { readMe } from '../api/calls.js';
import { asProblem, isPassing } from '../api/problem.js';
import type { User } from '../api/types.js';
import type { Login } from '../login/log-in.js';
import { type LoginNotice, LoginPage } from '../login/login-page.js';
import { type Returned, takeReturned } from '../login/returned.js';
import { type Over, OverCard } from '../progress/over-card.js';
import { logOff } from '../session/log-off.js';
import { hasSession, keepSession } from '../session/renewal.js';
import { prefetchDesktop } from './load-desktop.js';
import { NotFound } from './not-found.js';
import { ServerAway } from './server-away.js';
import { Workplace } from './workplace.js';

const SpeedTestPage = lazy(() => import('../speedtest/speedtest-page.js'));

type Visit =
  | { readonly at: 'checking' }
  | { readonly at: 'away' }
  | { readonly at: 'login'; readonly notice?: LoginNotice; readonly returned?: Returned }
  /** `round` counts the starts of a desktop: another round is another start. */
  | { readonly at: 'in'; readonly user: User; readonly login?: Login; readonly round: number; readonly over?: Over };

async function whoIsHere(): Promise<Visit> {
  const had = hasSession();
  const returned = takeReturned();
  try {
    return { at: 'in', user: await readMe(), round: 0 };
  } catch (thrown) {
    if (isPassing(asProblem(thrown))) return { at: 'away' };
    if (returned) return { at: 'login', returned };
    return had ? { at: 'login', notice: 'ended' } : { at: 'login' };
  }
}

export function App() {
  const [visit, setVisit] = useState<Visit>({ at: 'checking' });
  const check = async () => setVisit(await whoIsHere());
  const known = location.pathname === '/';
  const signedIn = visit.at === 'in';

  // biome-ignore lint/correctness/useExhaustiveDependencies: once, when the page opens.
  useEffect(() => {
    if (known) void check();
  }, []);
  useEffect(() => (signedIn ? keepSession(() => setVisit({ at: 'login', notice: 'ended' })) : prefetchDesktop()), [signedIn]);

  if (/^\/speedtest\/?$/.test(location.pathname))
    return (
      <Suspense>
        <SpeedTestPage />
      </Suspense>
    );
  if (!known) return <NotFound />;
  switch (visit.at) {
    case 'checking':
      return null;
    case 'away':
      return <ServerAway again={check} />;
    case 'login':
      return (
        <LoginPage
          notice={visit.notice}
          returned={visit.returned}
          onSignedIn={(login) => setVisit({ at: 'in', user: login.user, login, round: 0 })}
        />
      );
    case 'in': {
      const { user, round, login, over } = visit;
      const leave = async () => {
        const problem = await logOff();
        if (!problem) setVisit({ at: 'login', notice: 'left' });
        return problem;
      };
      if (over) {
        return <OverCard over={over} onAgain={() => setVisit({ at: 'in', user, round: round + 1 })} onLogOff={() => void leave()} />;
      }
      return (
        <Workplace
          key={round}
          user={user}
          login={login}
          onOver={(why) => setVisit((now) => (now.at === 'in' ? { ...now, over: why } : now))}
          onLogOff={leave}
        />
      );
    }
    default:
      return visit satisfies never;
  }
}
