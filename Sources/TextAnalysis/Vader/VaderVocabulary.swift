/// The words that VADER's rules treat specially, besides the lexicon.
enum VaderVocabulary {
    /// By how much a degree adverb changes the valence of the word after it.
    static let degreeStep = 0.293
    /// By how much capitals change a valence, where only some of the words are in capitals.
    static let capitalsStep = 0.733
    /// By what a negation multiplies a valence.
    static let negationFactor = -0.74

    static let negations: StaticString = """
        aint arent cannot cant couldnt darent didnt doesnt dont hadnt hasnt havent isnt mightnt mustnt neednt oughtnt
        shant shouldnt wasnt werent wont wouldnt neither never none nope nor not nothing nowhere uhuh uh-uh without
        rarely seldom despite
        """

    static let boosters: StaticString = """
        absolutely amazingly awfully completely considerable considerably decidedly deeply effing enormous enormously
        entirely especially exceptional exceptionally extreme extremely fabulously flipping flippin frackin fracking
        fricking frickin frigging friggin fully fuckin fucking fuggin fugging greatly hella highly hugely incredible
        incredibly intensely major majorly more most particularly purely quite really remarkably so substantially
        thoroughly total totally tremendous tremendously uber unbelievably unusually utter utterly very
        """

    static let dampeners: StaticString = """
        almost barely hardly kinda kindof kind-of less little marginal marginally occasional occasionally partly scarce
        scarcely slight slightly somewhat sorta sortof sort-of
        """

    /// The valence of two words together that the lexicon's words do not give.
    static func valence(_ first: VaderWord.Name, _ second: VaderWord.Name) -> Double? {
        switch (first, second) {
        case (.the, .shit), (.the, .bomb): 3
        case (.bad, .ass): 1.5
        case (.bus, .stop): 0
        case (.yeah, .right): -2
        case (.beating, .heart): 3.5
        default: nil
        }
    }

    /// The valence of three words together that the lexicon's words do not give.
    static func valence(_ first: VaderWord.Name, _ second: VaderWord.Name, _ third: VaderWord.Name) -> Double? {
        switch (first, second, third) {
        case (.kiss, .of, .death): -1.5
        case (.to, .die, .for): 3
        default: nil
        }
    }

    /// Whether two words together weaken what follows.
    static func isDampener(_ first: VaderWord.Name, _ second: VaderWord.Name) -> Bool {
        switch (first, second) {
        case (.just, .enough), (.kind, .of), (.sort, .of): true
        default: false
        }
    }
}
