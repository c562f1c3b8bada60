package io.millrace.edge.sse;

import java.util.Locale;

/** Reads {@code Accept} headers (RFC 9110, section 12.5.1). */
final class AcceptHeader {
    private AcceptHeader() {}

    /** How much a media type is wanted, 0 for not at all; the most specific range that covers it decides. */
    static double quality(String accept, String mediaType) {
        double quality = 0;
        int bestSpecificity = -1;
        for (String part : accept.split(",", -1)) {
            String[] parameters = part.split(";", -1);
            int specificity = specificity(parameters[0].strip().toLowerCase(Locale.ROOT), mediaType);
            if (specificity > bestSpecificity) {
                bestSpecificity = specificity;
                quality = qualityOf(parameters);
            }
        }
        return quality;
    }

    private static int specificity(String range, String mediaType) {
        if (range.equals(mediaType)) {
            return 2;
        }
        if (range.endsWith("/*") && mediaType.startsWith(range.substring(0, range.length() - 1))) {
            return 1;
        }
        return range.equals("*/*") ? 0 : -1;
    }

    private static double qualityOf(String[] parameters) {
        for (int i = 1; i < parameters.length; i++) {
            String parameter = parameters[i].strip();
            if (parameter.startsWith("q=")) {
                try {
                    return Double.parseDouble(parameter.substring(2));
                } catch (NumberFormatException e) {
                    return 0;
                }
            }
        }
        return 1;
    }
}
