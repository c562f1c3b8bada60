package io.millrace.channel;

import io.millrace.channel.event.EventBus;
import io.millrace.channel.log.LogStore;
import io.millrace.channel.service.ServiceManager;
import io.millrace.channel.thread.ThreadManager;
import io.millrace.contracts.ChannelName;
import io.millrace.contracts.JobId;
import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.channel.ChannelSpec;
import io.millrace.contracts.channel.ChannelState;
import io.millrace.domain.channel.ChannelCommand;
import io.millrace.domain.channel.LiveChannel;
import io.millrace.domain.channel.Refusals;
import java.util.function.Consumer;

/**
 * The callers' way to the managers of a channel: refuses what its state does not allow, and hands on the rest once
 * everything that was decided before is stored.
 */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ManagerAccess {
    private final ChannelContext channel;
    private final LiveChannel live;
    private final GroupCommit commit;
    private final FlushSchedule flushes;
    private final Callers callers;
    private final OwnedChannel owned;
    private final ReadModelBarrier readModel;

    ManagerAccess(
            ChannelContext channel,
            LiveChannel live,
            GroupCommit commit,
            FlushSchedule flushes,
            Callers callers,
            OwnedChannel owned,
            ReadModelBarrier readModel) {
        this.channel = channel;
        this.live = live;
        this.commit = commit;
        this.flushes = flushes;
        this.callers = callers;
        this.owned = owned;
        this.readModel = readModel;
    }

    /** A channel that starts no jobs starts no threads either; those there are can be asked about and ended. */
    Storing ask(ChannelRequest.AskThreads ask) {
        return ask(ask, to -> {
            if (ask.request() instanceof ThreadManager.Create && live.state() != ChannelState.ACTIVE) {
                ask.refuse(Refusals.startsNoThreads(name(), live.state()));
            } else {
                to.ask(ask.request());
            }
        });
    }

    /** A channel that is drained or going away starts no processes; those there are can be asked about and ended. */
    Storing ask(ChannelRequest.AskProcesses ask) {
        return ask(ask, to -> {
            boolean starts =
                    ask.request() instanceof ServiceManager.Start || ask.request() instanceof ServiceManager.Restart;
            boolean isEnding = live.state() == ChannelState.DRAINING || live.state() == ChannelState.DELETING;
            if (starts && isEnding) {
                ask.refuse(Refusals.startsNoProcesses(name(), live.state()));
            } else {
                to.ask(ask.request());
            }
        });
    }

    Storing ask(ChannelRequest.AskLogs ask) {
        return ask(ask, to -> to.ask(ask.request()));
    }

    Storing ask(ChannelRequest.AskLocks ask) {
        return ask(ask, to -> to.ask(ask.request()));
    }

    Storing ask(ChannelRequest.AskResources ask) {
        return ask(ask, to -> to.ask(ask.request()));
    }

    Storing ask(ChannelRequest.AskCleanups ask) {
        return ask(ask, to -> to.ask(ask.request()));
    }

    /**
     * The channel {@code default} always exists, so asking its managers for something brings it into being. Changes of
     * locks that may wait are no reason to wait for: who asks for a lock shall have them stored together with the answer.
     */
    private Storing ask(ChannelRequest request, Consumer<ChannelChildren> ask) {
        if (!live.exists() && name().equals(ChannelName.DEFAULT)) {
            commit.decide(new ChannelCommand.Put(ChannelSpec.DEFAULT));
            flushes.soon();
        }
        Runnable action = () -> ifExists(request, ask);
        if (flushes.isSoon()) {
            commit.afterCommit(action, request::refuse);
        } else {
            action.run();
        }
        return Storing.UNCHANGED;
    }

    private void ifExists(ChannelRequest request, Consumer<ChannelChildren> ask) {
        ChannelChildren children = owned.children();
        if (children == null || !live.exists()) {
            request.refuse(Refusals.unknownChannel(name()));
        } else {
            ask.accept(children);
        }
    }

    Storing readLogs(ChannelRequest.ReadLogs read) {
        return callers.afterCommit(read, () -> ifExists(read, children -> readLogs(read, children)));
    }

    private void readLogs(ChannelRequest.ReadLogs read, ChannelChildren children) {
        JobId job = read.query().job();
        if (job == null) {
            readLogs(read, read.query().process() != null && read.isKnownToHaveEnded(), children);
        } else if (live.job(job) != null) {
            readLogs(read, false, children);
        } else if (read.isKnownToHaveEnded() || live.ended(job) != null) {
            readLogs(read, true, children);
        } else {
            read.refuse(Refusals.unknownJob(name(), job));
        }
    }

    private void readLogs(ChannelRequest.ReadLogs read, boolean hasEnded, ChannelChildren children) {
        children.read(
                new LogStore.Read(read.query(), read.waitMillis(), hasEnded, read.replyTo()), channel.nowMillis());
    }

    Storing readEvents(ChannelRequest.ReadEvents read) {
        return callers.afterCommit(
                read,
                () -> ifExists(
                        read,
                        children -> children.read(new EventBus.Read(read.query(), read.waitMillis(), read.replyTo()))));
    }

    /** Without managers nothing was stored in this life, so the read model lacks nothing. */
    Storing awaitReadModel(ChannelRequest.AwaitReadModel await) {
        return callers.afterCommit(await, () -> {
            if (owned.children() == null) {
                await.replyTo().tell(new ChannelReply.ReadModelCurrent());
            } else if (!readModel.await(channel.lastSequence().getAsLong(), await.replyTo())) {
                await.refuse(ChannelProblems.tooManyReaders(name()));
            }
        });
    }

    private ChannelName name() {
        return channel.name();
    }
}
