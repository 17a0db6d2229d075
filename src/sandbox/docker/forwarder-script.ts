/** What the forwarder prints when it listens, and before the reason where it cannot. */
export const listening = 'listening';
export const noSocket = 'no socket';

/**
 * Runs in the sidecar as `perl -e SCRIPT SOCKET PORT`: listens on 127.0.0.1:PORT and copies both ways between
 * each connection and one of its own to the Unix socket. Needs only what Debian's perl-base holds.
 *
 * One process and one `select` for all, and no descriptor that can block: what is read is written at once, so
 * that the way over the sidecar adds no wait of its own. At most 64 KiB are held for each direction; a side
 * that does not take them is not read for. An end is passed on by itself (half-close), and so is a reset.
 * A bit that is stale, since its descriptor was closed and given out again meanwhile, reads nothing.
 */
export const forwarderScript = String.raw`
use strict;
use warnings;
use Errno qw(EAGAIN EINTR);
use Fcntl qw(F_GETFL F_SETFL O_NONBLOCK);
use Socket qw(PF_UNIX PF_INET SOCK_STREAM SOL_SOCKET SO_LINGER SO_REUSEADDR IPPROTO_TCP TCP_NODELAY SHUT_WR INADDR_LOOPBACK
  pack_sockaddr_un pack_sockaddr_in);

my ($path, $port) = @ARGV;
my $chunk = 65536;
my $most = 400;    # connections; more wait in the backlog
my $backlog = 1024;
$SIG{PIPE} = 'IGNORE';
$| = 1;

my $target = pack_sockaddr_un($path);
my (@handle, @peer, @pending, @ended, @shut);    # by descriptor; pending is what waits to be written to it
my ($reads, $writes, $count) = ('', '', 0);

sub give_up { print "$_[0]: $!\n"; exit 1 }

sub never_block { my ($socket) = @_; fcntl($socket, F_SETFL, fcntl($socket, F_GETFL, 0) | O_NONBLOCK) }

sub dial {
  socket(my $socket, PF_UNIX, SOCK_STREAM, 0) or return;
  return connect($socket, $target) ? $socket : undef;
}

# The next close is a reset, also where all was written.
sub will_reset { setsockopt($_[0], SOL_SOCKET, SO_LINGER, pack('ii', 1, 0)) }

sub keep {
  my ($socket, $other) = @_;
  my $at = fileno $socket;
  never_block($socket);
  ($handle[$at], $peer[$at], $pending[$at], $ended[$at], $shut[$at]) = ($socket, fileno $other, '', 0, 0);
  vec($reads, $at, 1) = 1;
}

sub drop {
  my ($at) = @_;
  for my $one ($at, $peer[$at]) {
    vec($reads, $one, 1) = vec($writes, $one, 1) = 0;
    close $handle[$one];
    ($handle[$one], $pending[$one]) = (undef, '');
  }
  $count--;
}

sub break_off {
  my ($at) = @_;
  will_reset($handle[$_]) for $at, $peer[$at];
  drop($at);
}

sub write_to {
  my ($at) = @_;
  my $from = $peer[$at];
  if (length $pending[$at]) {
    my $sent = syswrite $handle[$at], $pending[$at];
    return break_off($at) if !defined $sent && $! != EAGAIN && $! != EINTR;
    substr($pending[$at], 0, $sent // 0, '');
  }
  my $is_waiting = length $pending[$at] ? 1 : 0;
  vec($writes, $at, 1) = $is_waiting;
  vec($reads, $from, 1) = $is_waiting || $ended[$from] ? 0 : 1;
  return if $is_waiting || !$ended[$from];
  shutdown $handle[$at], SHUT_WR;
  $shut[$at] = 1;
  drop($at) if $shut[$from];
}

sub read_from {
  my ($at) = @_;
  my $got = sysread $handle[$at], $pending[$peer[$at]], $chunk;
  if (!defined $got) {
    break_off($at) if $! != EAGAIN && $! != EINTR;
    return;
  }
  $ended[$at] = 1 if $got == 0;
  write_to($peer[$at]);
}

sub take_clients {
  my ($listener) = @_;
  while ($count < $most && accept(my $client, $listener)) {
    setsockopt $client, IPPROTO_TCP, TCP_NODELAY, 1;
    my $socket = dial();
    if (!$socket) { will_reset($client); next }
    keep($client, $socket);
    keep($socket, $client);
    $count++;
  }
}

sub bits {
  my $text = unpack 'b*', $_[0];
  my @set;
  for (my $at = index $text, '1'; $at >= 0; $at = index $text, '1', $at + 1) { push @set, $at }
  return @set;
}

dial() or give_up('${noSocket}');
socket(my $listener, PF_INET, SOCK_STREAM, 0) or give_up('no port');
setsockopt($listener, SOL_SOCKET, SO_REUSEADDR, 1);    # connections of a forwarder before this one may linger
bind($listener, pack_sockaddr_in($port, INADDR_LOOPBACK)) or give_up("no port $port");
listen($listener, $backlog) or give_up("no port $port");
never_block($listener);
my $door = fileno $listener;
print "${listening}\n";

while (1) {
  vec($reads, $door, 1) = $count < $most ? 1 : 0;
  my ($can_read, $can_write) = ($reads, $writes);
  if (select($can_read, $can_write, undef, undef) < 0) {
    next if $! == EINTR;
    give_up('select');
  }
  for my $at (bits($can_write)) { write_to($at) if defined $handle[$at] }
  for my $at (bits($can_read)) {
    if ($at == $door) { take_clients($listener) }
    elsif (defined $handle[$at]) { read_from($at) }
  }
}
`;
