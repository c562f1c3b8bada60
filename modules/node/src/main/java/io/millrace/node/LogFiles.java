package io.millrace.node;

import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.joran.JoranConfigurator;
import ch.qos.logback.core.joran.spi.JoranException;
import java.net.URL;
import java.nio.file.Path;
import org.slf4j.LoggerFactory;

/** Sends the node's log to files in its data directory, besides standard error. */
final class LogFiles {
    private LogFiles() {}

    /** Configures logging anew, now that the data directory is known. */
    static void in(Path data) {
        System.setProperty("millrace.log.directory", data.resolve("logs").toString());
        URL settings = LogFiles.class.getResource("/logback-node.xml");
        if (settings == null || System.getProperty("logback.configurationFile") != null) {
            return;
        }
        LoggerContext context = (LoggerContext) LoggerFactory.getILoggerFactory();
        context.reset();
        JoranConfigurator configurator = new JoranConfigurator();
        configurator.setContext(context);
        try {
            configurator.doConfigure(settings);
        } catch (JoranException e) {
            throw new IllegalStateException("The log settings inside the node's jar are broken", e);
        }
    }
}
