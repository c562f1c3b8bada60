package io.millrace.benchmarks;

/** How a value changes over time: the slope of the straight line that fits its samples best. */
final class Trend {
    private static final double SECONDS_PER_HOUR = 3_600;

    private long count;
    private double sumOfTimes;
    private double sumOfValues;
    private double sumOfProducts;
    private double sumOfSquares;

    /** @param seconds since any fixed moment */
    void add(double seconds, double value) {
        count++;
        sumOfTimes += seconds;
        sumOfValues += value;
        sumOfProducts += seconds * value;
        sumOfSquares += seconds * seconds;
    }

    /** Units of the value; 0 with fewer than two samples. */
    double perHour() {
        double spread = count * sumOfSquares - sumOfTimes * sumOfTimes;
        return spread == 0 ? 0 : SECONDS_PER_HOUR * (count * sumOfProducts - sumOfTimes * sumOfValues) / spread;
    }
}
