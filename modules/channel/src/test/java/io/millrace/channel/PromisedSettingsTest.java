package io.millrace.channel;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import org.junit.jupiter.api.Test;

class PromisedSettingsTest {
    private static final Config PROMISED = ConfigFactory.parseResources("millrace-pekko.conf")
            .withFallback(ConfigFactory.load())
            .resolve();

    @Test
    void theSettingsThatComeWithTheModuleAreAccepted() {
        assertThatCode(() -> PromisedSettings.check(PROMISED)).doesNotThrowAnyException();
    }

    @Test
    void anotherValueStopsTheNodeAndIsNamed() {
        Config careless = ConfigFactory.parseString(
                        "pekko.persistence.journal-plugin-fallback.replay-filter.mode = repair-by-discard-old")
                .withFallback(PROMISED);

        assertThatThrownBy(() -> PromisedSettings.check(careless))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("replay-filter.mode is repair-by-discard-old and must be fail");
    }

    @Test
    void aForgottenIncludeStopsTheNode() {
        assertThatThrownBy(() -> PromisedSettings.check(ConfigFactory.load()))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("millrace-pekko.conf");
    }
}
