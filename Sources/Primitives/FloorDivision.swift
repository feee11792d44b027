extension Int64 {
    /// The quotient, rounded down: which stretch of `divisor` a time before the epoch falls into.
    package func dividedDown(by divisor: Int64) -> Int64 {
        let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? quotient - 1 : quotient
    }
}
