package io.millrace.benchmarks;

/** How a value changes over time: the slope of the straight line that fits its samples best. */
final class Trend {
    private static final double SECONDS_PER_HOUR = 3_600;

    private long count;
    private double sumOfTimes;
    private double sumOfValues;
    private double sumOfProducts;
    private double sumOfSquares;
    private double sumOfSquaredValues;

    /** @param seconds since any fixed moment */
    void add(double seconds, double value) {
        count++;
        sumOfTimes += seconds;
        sumOfValues += value;
        sumOfProducts += seconds * value;
        sumOfSquares += seconds * seconds;
        sumOfSquaredValues += value * value;
    }

    /** Units of the value; 0 with fewer than two samples. */
    double perHour() {
        double spread = count * sumOfSquares - sumOfTimes * sumOfTimes;
        return spread == 0 ? 0 : SECONDS_PER_HOUR * (count * sumOfProducts - sumOfTimes * sumOfValues) / spread;
    }

    /** How far the slope may be off because the samples scatter, in units of the value; 0 with fewer than three samples. */
    double standardErrorPerHour() {
        double spread = sumOfSquares - sumOfTimes * sumOfTimes / count;
        if (count < 3 || spread == 0) {
            return 0;
        }
        double shared = sumOfProducts - sumOfTimes * sumOfValues / count;
        double scatter = sumOfSquaredValues - sumOfValues * sumOfValues / count;
        double unexplained = Math.max(0, scatter - shared * shared / spread);
        return SECONDS_PER_HOUR * Math.sqrt(unexplained / (count - 2) / spread);
    }
}
