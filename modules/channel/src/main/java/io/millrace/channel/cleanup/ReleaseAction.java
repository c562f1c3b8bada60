package io.millrace.channel.cleanup;

import io.millrace.contracts.ThreadSafety;
import io.millrace.contracts.cleanup.ReleaseScope;
import io.millrace.contracts.cleanup.Released;
import java.util.ArrayDeque;
import java.util.Queue;
import org.apache.pekko.actor.typed.ActorRef;
import org.jspecify.annotations.Nullable;

/** A step that gives back what the channel holds, or takes that back. */
@ThreadSafety(ThreadSafety.Level.SINGLE_THREADED)
final class ReleaseAction implements StepAction {
    private final ActorRef<StepRunner.Command> self;
    private final Releases releases;
    private final boolean isUndo;
    private final Queue<ReleaseScope> left;
    private Released released = Released.NOTHING;

    /** @param isUndo true to give what is withheld to its holders again */
    ReleaseAction(ActorRef<StepRunner.Command> self, Releases releases, ReleaseScope scope, boolean isUndo) {
        this.self = self;
        this.releases = releases;
        this.isUndo = isUndo;
        this.left = new ArrayDeque<>(Releases.kindsOf(scope));
    }

    @Override
    public void start() {
        askAgain();
    }

    @Override
    public void askAgain() {
        ReleaseScope next = left.peek();
        if (next != null && isUndo) {
            releases.restore(next);
        } else if (next != null) {
            releases.ask(next);
        }
    }

    void answered(Releases.Answer answer) {
        if (left.peek() != answer.kind()) {
            return;
        }
        left.remove();
        released = released.plus(answer.released());
        if (answer.problem() != null || left.isEmpty()) {
            end(answer);
        } else {
            askAgain();
        }
    }

    /** What was asked for may still be done, which does no harm. */
    @Override
    public void stop() {
        left.clear();
        end(null);
    }

    private void end(Releases.@Nullable Answer last) {
        self.tell(new StepRunner.ActionEnded(this, last == null ? null : last.problem(), released));
    }
}
