/** Signals to a whole process group, and whether any process of it still lives. Imports Node only. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/**
 * Sends a signal to every process of a group.
 *
 * @returns false when no process of that group is left
 */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    // macOS answers EPERM for a group whose last member is a zombie.
    if (code === 'ESRCH' || code === 'EPERM') return false;
    throw error;
  }
}

/**
 * True while a process of the group runs. Zombies do not count: in a container whose first process collects no
 * children, they stay for ever.
 */
export function groupIsAlive(group: number): boolean {
  if (!signalGroup(group, 0)) return false;
  return groupMembers(group).length > 0;
}

/** Process ids of a group, zombies left out. */
export function groupMembers(group: number): number[] {
  return (process.platform === 'linux' ? membersFromProc() : membersFromPs())
    .filter((member) => member.group === group && !member.state.startsWith('Z'))
    .map((member) => member.pid);
}

interface Member {
  readonly pid: number;
  readonly group: number;
  readonly state: string;
}

/** https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html: after the last `)` come state, parent and group. */
function membersFromProc(): Member[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const stat = readStat(name);
      const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return state === undefined || group === undefined ? [] : [{ pid: Number(name), group: Number(group), state }];
    });
}

/** Empty when the process ended between the listing and this look. */
function readStat(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'latin1');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT' || code === 'ESRCH' || code === 'EACCES') return '';
    throw error;
  }
}

function membersFromPs(): Member[] {
  const listing = execFileSync('ps', ['-A', '-o', 'pid=,pgid=,stat='], { encoding: 'utf8' });
  return listing.split('\n').flatMap((line) => {
    const [pid, group, state] = line.trim().split(/\s+/);
    return pid === undefined || group === undefined || state === undefined
      ? []
      : [{ pid: Number(pid), group: Number(group), state }];
  });
}
