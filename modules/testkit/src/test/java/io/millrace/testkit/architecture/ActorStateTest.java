package io.millrace.testkit.architecture;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.fields;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.lang.ArchRule;
import io.millrace.contracts.Proves;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.junit.jupiter.api.Test;

/** What an actor knows, nobody else touches; and what one execution needs, its worker alone knows. */
class ActorStateTest {
    private static final ArchRule FIELDS_OF_ACTORS_ARE_PRIVATE = fields().that()
            .areNotStatic()
            .and()
            .areDeclaredInClassesThat()
            .areAssignableTo(Behavior.class)
            .should()
            .bePrivate();

    @Test
    @Proves("G-81")
    void theStateOfAnActorIsPrivate() {
        FIELDS_OF_ACTORS_ARE_PRIVATE.check(ProductClasses.all());
    }

    /** With that, and without thread-locals (G-60) and static state (G-74), there is no other place for it. */
    @Test
    @Proves("G-81")
    void whatBelongsToOneExecutionIsKnownToItsWorkerAlone() {
        onlyKnownTo("SlotAttempt", "(Worker|SlotAttempt|AttemptNeeds|AttemptStop)");
        onlyKnownTo("AttemptNeeds", "(Worker|AttemptNeeds)");
        onlyKnownTo("AttemptStop", "(Worker|AttemptStop)");
    }

    private static void onlyKnownTo(String name, String others) {
        String threads = "io.millrace.channel.thread.";
        classes()
                .that()
                .haveFullyQualifiedName(threads + name)
                .should()
                .onlyHaveDependentClassesThat()
                .haveNameMatching(threads.replace(".", "\\.") + others + "(\\$.*)?")
                .check(ProductClasses.all());
    }

    @Test
    void anActorWithAnOpenFieldIsFound() {
        var sample = new ClassFileImporter().importClasses(OpenActor.class);

        assertThat(FIELDS_OF_ACTORS_ARE_PRIVATE.evaluate(sample).hasViolation()).isTrue();
    }

    private static final class OpenActor extends AbstractMatchingBehavior<String> {
        @SuppressWarnings("UnusedVariable")
        int received;

        OpenActor(ActorContext<String> context) {
            super(context);
        }

        @Override
        public Behavior<String> onMessage(String message) {
            received++;
            return this;
        }
    }
}
