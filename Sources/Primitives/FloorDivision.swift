extension Int64 {
    /// The quotient, rounded down, and the rest, which is not negative: calendars and windows go on before the epoch as
    /// they do after it.
    @inlinable
    package func quotientAndRemainder(dividingDownBy divisor: Int64) -> (quotient: Int64, remainder: Int64) {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    /// The quotient, rounded down: which stretch of `divisor` a time before the epoch falls into.
    @inlinable
    package func dividedDown(by divisor: Int64) -> Int64 { quotientAndRemainder(dividingDownBy: divisor).quotient }
}
