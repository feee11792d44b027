import Primitives

/// Chooses whom a record is about: brands are talked about by Zipf's law, the first the most.
struct BrandPicker: Sendable {
    /// Rising to 1.
    private let shares: [Double]
    private let crisis: GeneratorSettings.Crisis?

    init(_ settings: GeneratorSettings) {
        var sum = 0.0
        let rising = settings.brands.indices.map { index in
            sum += 1 / Double(index + 1)
            return sum
        }
        shares = rising.map { $0 / sum }
        crisis = settings.crisis
    }

    /// The position of a brand.
    func pick(_ isCrisis: Bool, _ random: inout RandomSource) -> Int {
        if isCrisis, let crisis = crisis {
            let share = crisis.brand == 0 ? shares[0] : shares[crisis.brand] - shares[crisis.brand - 1]
            let raised = share * crisis.factor / (1 + share * (crisis.factor - 1))
            if random.unit() < raised { return crisis.brand }
        }
        let point = random.unit()
        return shares.firstIndex { point < $0 } ?? shares.count - 1
    }
}
