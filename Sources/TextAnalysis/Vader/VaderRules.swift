/// The rules that give each word of a text its valence.
///
/// The order of the floating-point operations is the reference's: scores agree to the last digit only so.
struct VaderRules {
    let words: UnsafeMutablePointer<VaderWord>
    let count: Int
    /// Some words, but not all, are in capitals: so those in capitals are stressed.
    let stressesCapitals: Bool

    /// The valence of the word at a position, in the light of its neighbours.
    func valence(at index: Int) -> Double {
        let word = words[index]
        // Degree adverbs count by the word behind them only.
        guard word.flags.contains(.lexicon), word.flags.isDisjoint(with: .degree) else { return 0 }
        if word.name == .kind && index + 1 < count && words[index + 1].name == .of { return 0 }
        var valence = valenceAlone(word, at: index)
        if stressesCapitals && word.flags.contains(.capitals) {
            valence += valence > 0 ? VaderVocabulary.capitalsStep : -VaderVocabulary.capitalsStep
        }
        for distance in 1...3 {
            guard index >= distance else { break }
            let before = words[index - distance]
            if before.flags.contains(.lexicon) { continue }
            valence += degree(of: before, valence, distance)
            valence = negated(valence, at: index, distance)
            if distance == 3 { valence = idiom(valence, at: index) }
        }
        return leastChecked(valence, at: index)
    }

    /// A lexicon word's own valence; a "no" nearby negates it, and "no" itself counts only where it negates nothing.
    private func valenceAlone(_ word: VaderWord, at index: Int) -> Double {
        func isNo(_ distance: Int) -> Bool { index >= distance && words[index - distance].name == .no }
        if isNo(1) || isNo(2) || (isNo(3) && (words[index - 1].name == .or || words[index - 1].name == .nor)) {
            return word.valence * VaderVocabulary.negationFactor
        }
        let negatesNext = word.name == .no && index + 1 < count && words[index + 1].flags.contains(.lexicon)
        return negatesNext ? 0 : word.valence
    }

    /// What a word before adds to a valence if it is a degree adverb: less, the farther away it is.
    private func degree(of word: VaderWord, _ valence: Double, _ distance: Int) -> Double {
        guard !word.flags.isDisjoint(with: .degree) else { return 0 }
        var step = word.flags.contains(.booster) ? VaderVocabulary.degreeStep : -VaderVocabulary.degreeStep
        if valence < 0 { step = -step }
        if stressesCapitals && word.flags.contains(.capitals) {
            step += valence > 0 ? VaderVocabulary.capitalsStep : -VaderVocabulary.capitalsStep
        }
        return switch distance {
        case 2: step * 0.95
        case 3: step * 0.9
        default: step
        }
    }

    /// A valence after the negation that may stand `distance` words before.
    private func negated(_ valence: Double, at index: Int, _ distance: Int) -> Double {
        let before = words[index - distance]
        if distance > 1 {
            let last = words[index - 1].name
            let next = words[index - distance + 1].name
            // "Never so" and "never this" intensify; three words back, "so" and "this" do by themselves.
            if (before.name == .never && (next == .so || next == .this))
                || (distance == 3 && (last == .so || last == .this))
            {
                return valence * 1.25
            }
            if before.name == .without && (next == .doubt || last == .doubt) { return valence }
        }
        return before.flags.contains(.negation) ? valence * VaderVocabulary.negationFactor : valence
    }

    /// A valence after idioms that the word at `index` ends, follows or begins. Three words stand before it.
    private func idiom(_ valence: Double, at index: Int) -> Double {
        let (zero, one) = (words[index].name, words[index - 1].name)
        let (two, three) = (words[index - 2].name, words[index - 3].name)
        var valence =
            VaderVocabulary.valence(one, zero) ?? VaderVocabulary.valence(two, one, zero)
            ?? VaderVocabulary.valence(two, one) ?? VaderVocabulary.valence(three, two, one)
            ?? VaderVocabulary.valence(three, two) ?? valence
        if index + 1 < count, let found = VaderVocabulary.valence(zero, words[index + 1].name) { valence = found }
        if index + 2 < count,
            let found = VaderVocabulary.valence(zero, words[index + 1].name, words[index + 2].name)
        {
            valence = found
        }
        if VaderVocabulary.isDampener(three, two) { valence -= VaderVocabulary.degreeStep }
        if VaderVocabulary.isDampener(two, one) { valence -= VaderVocabulary.degreeStep }
        return valence
    }

    /// "Least" before the word negates it, but not "at least" and "very least".
    private func leastChecked(_ valence: Double, at index: Int) -> Double {
        guard index > 0, words[index - 1].name == .least, !words[index - 1].flags.contains(.lexicon) else {
            return valence
        }
        if index > 1 && (words[index - 2].name == .at || words[index - 2].name == .very) { return valence }
        return valence * VaderVocabulary.negationFactor
    }
}
