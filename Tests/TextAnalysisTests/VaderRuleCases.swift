@testable import TextAnalysis

/// Texts for each rule with the scores that vaderSentiment 3.3.2 gave them (Python 3.11).
struct VaderRuleCase {
    var text: String
    var scores: VaderScores

    init(_ text: String, _ compound: Double, _ positive: Double, _ neutral: Double, _ negative: Double) {
        self.text = text
        scores = VaderScores(compound: compound, positive: positive, neutral: neutral, negative: negative)
    }

    static let all: [(rule: String, cases: [VaderRuleCase])] = [
        (
            "words",
            [
                VaderRuleCase("", 0.0, 0.0, 0.0, 0.0),
                VaderRuleCase("   \n\t ", 0.0, 0.0, 0.0, 0.0),
                VaderRuleCase("table", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("The food is good today.", 0.4404, 0.42, 0.58, 0.0),
                VaderRuleCase("This is bad", -0.5423, 0.0, 0.364, 0.636),
                VaderRuleCase("good, bad; ugly", -0.5994, 0.299, 0.0, 0.701),
                VaderRuleCase("(good)", 0.4404, 1.0, 0.0, 0.0),
                VaderRuleCase("\"great\"", 0.6249, 1.0, 0.0, 0.0),
                VaderRuleCase("...awful...", -0.4588, 0.0, 0.0, 1.0),
                VaderRuleCase("123 456", 0.0, 0.0, 1.0, 0.0),
            ]
        ),
        (
            "negations",
            [
                VaderRuleCase("The food is not good today.", -0.3412, 0.0, 0.675, 0.325),
                VaderRuleCase("This isn't a good idea", -0.3412, 0.0, 0.624, 0.376),
                VaderRuleCase("I DIDN'T like it", -0.2755, 0.0, 0.587, 0.413),
                VaderRuleCase("nobody thinks it wont be fun", -0.4023, 0.0, 0.649, 0.351),
                VaderRuleCase("It is never so good", 0.6626, 0.525, 0.475, 0.0),
                VaderRuleCase("It was never this good again", 0.6084, 0.443, 0.557, 0.0),
                VaderRuleCase("They never served any good food", -0.3412, 0.0, 0.675, 0.325),
                VaderRuleCase("without doubt good", 0.6136, 0.834, 0.166, 0.0),
                VaderRuleCase("without any doubt it is a great day", 0.7359, 0.509, 0.491, 0.0),
                VaderRuleCase("without a doubt excellent", 0.7013, 0.744, 0.256, 0.0),
                VaderRuleCase("without a good reason", -0.3412, 0.0, 0.555, 0.445),
                VaderRuleCase("we cannot ever be happy", -0.4585, 0.0, 0.572, 0.428),
                VaderRuleCase("not really very good", -0.427, 0.0, 0.515, 0.485),
                VaderRuleCase("wasn''t good", 0.4404, 0.744, 0.256, 0.0),
                VaderRuleCase("uh-uh great", -0.5096, 0.0, 0.233, 0.767),
                VaderRuleCase("not one of the best ones was good", 0.7964, 0.542, 0.458, 0.0),
                VaderRuleCase("there is so much good", 0.4902, 0.443, 0.557, 0.0),
                VaderRuleCase("this was a good thing", 0.4404, 0.42, 0.58, 0.0),
            ]
        ),
        (
            "degree adverbs",
            [
                VaderRuleCase("very good", 0.4927, 0.762, 0.238, 0.0),
                VaderRuleCase("very bad", -0.5849, 0.0, 0.209, 0.791),
                VaderRuleCase("it is extremely rude and bad", -0.7939, 0.0, 0.362, 0.638),
                VaderRuleCase("so very good", 0.5379, 0.634, 0.366, 0.0),
                VaderRuleCase("really quite awfully good", 0.5768, 0.555, 0.445, 0.0),
                VaderRuleCase("hardly good", 0.3832, 0.723, 0.277, 0.0),
                VaderRuleCase("I kinda like it", 0.2975, 0.424, 0.576, 0.0),
                VaderRuleCase("slightly annoying", -0.3415, 0.0, 0.294, 0.706),
                VaderRuleCase("it was VERY good", 0.6028, 0.567, 0.433, 0.0),
                VaderRuleCase("it was VERY bad", -0.6732, 0.0, 0.399, 0.601),
                VaderRuleCase("it was HARDLY good", 0.5171, 0.527, 0.473, 0.0),
                VaderRuleCase("very very very good", 0.5768, 0.555, 0.445, 0.0),
                VaderRuleCase("most of it was good", 0.4404, 0.42, 0.58, 0.0),
            ]
        ),
        (
            "two-word dampeners",
            [
                VaderRuleCase("it is kind of good", 0.3832, 0.395, 0.605, 0.0),
                VaderRuleCase("it was sort of a good day", 0.3832, 0.303, 0.697, 0.0),
                VaderRuleCase("there was just enough good", 0.3832, 0.395, 0.605, 0.0),
                VaderRuleCase("that is kind of a nice place", 0.4215, 0.318, 0.682, 0.0),
                VaderRuleCase("a kind of magic", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("kind of", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("he is kind", 0.5267, 0.63, 0.37, 0.0),
                VaderRuleCase("sort of bad", -0.5423, 0.0, 0.364, 0.636),
                VaderRuleCase("just enough is good", 0.3832, 0.465, 0.535, 0.0),
            ]
        ),
        (
            "capitals",
            [
                VaderRuleCase("GOOD food", 0.5622, 0.784, 0.216, 0.0),
                VaderRuleCase("good FOOD", 0.4404, 0.744, 0.256, 0.0),
                VaderRuleCase("GOOD FOOD", 0.4404, 0.744, 0.256, 0.0),
                VaderRuleCase("BAD food", -0.6408, 0.0, 0.191, 0.809),
                VaderRuleCase("good GOOD", 0.7603, 1.0, 0.0, 0.0),
                VaderRuleCase("I am So Good", 0.5777, 0.555, 0.445, 0.0),
                VaderRuleCase("123 GOOD x", 0.5622, 0.645, 0.355, 0.0),
                VaderRuleCase("ABC! is BAD", -0.6731, 0.0, 0.307, 0.693),
                VaderRuleCase("Today SUX!", -0.5461, 0.0, 0.221, 0.779),
            ]
        ),
        (
            "idioms",
            [
                VaderRuleCase("this really is the shit", 0.6124, 0.5, 0.5, 0.0),
                VaderRuleCase("this thing is the bomb", 0.6124, 0.5, 0.5, 0.0),
                VaderRuleCase("he is one bad ass", 0.6124, 0.625, 0.375, 0.0),
                VaderRuleCase("wait at the next bus stop", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("oh well, yeah right", 0.5106, 0.683, 0.317, 0.0),
                VaderRuleCase("it was the kiss of death", -0.6124, 0.0, 0.444, 0.556),
                VaderRuleCase("that cake is to die for", -0.5994, 0.0, 0.562, 0.438),
                VaderRuleCase("my poor beating heart", -0.1531, 0.388, 0.086, 0.526),
                VaderRuleCase("the shit", -0.5574, 0.0, 0.217, 0.783),
                VaderRuleCase("love the kiss of death", 0.6705, 0.609, 0.174, 0.217),
                VaderRuleCase("he is a badass", 0.34, 0.444, 0.556, 0.0),
                VaderRuleCase("a b c bad ass d", 0.6124, 0.556, 0.444, 0.0),
                VaderRuleCase("a b c kiss of death", -0.6124, 0.0, 0.444, 0.556),
                VaderRuleCase("a b c die for good", -0.25, 0.269, 0.37, 0.361),
                VaderRuleCase("cut the mustard", -0.2732, 0.0, 0.488, 0.512),
            ]
        ),
        (
            "contrast",
            [
                VaderRuleCase("good but bad", -0.5859, 0.253, 0.13, 0.617),
                VaderRuleCase("The food was good but the service was bad", -0.5859, 0.142, 0.511, 0.347),
                VaderRuleCase("bad, BUT good", 0.3818, 0.542, 0.141, 0.317),
                VaderRuleCase("but good", 0.5927, 0.794, 0.206, 0.0),
                VaderRuleCase("good but", 0.2382, 0.661, 0.339, 0.0),
                VaderRuleCase("good good good but good good", 0.9109, 0.931, 0.069, 0.0),
                VaderRuleCase("great but great but great", 0.9418, 0.874, 0.126, 0.0),
                VaderRuleCase("good but not great, good and great", 0.0129, 0.419, 0.165, 0.416),
                VaderRuleCase("kind but of use but", 0.296, 0.355, 0.645, 0.0),
            ]
        ),
        (
            "no",
            [
                VaderRuleCase("no good", -0.3412, 0.0, 0.294, 0.706),
                VaderRuleCase("no good at all", -0.3412, 0.0, 0.555, 0.445),
                VaderRuleCase("no", -0.296, 0.0, 0.0, 1.0),
                VaderRuleCase("no, it is good", 0.4404, 0.492, 0.508, 0.0),
                VaderRuleCase("there is no way it is good", 0.1779, 0.287, 0.495, 0.218),
                VaderRuleCase("no pain or gain", -0.0191, 0.361, 0.267, 0.371),
                VaderRuleCase("no fun nor love here", 0.013, 0.326, 0.355, 0.32),
                VaderRuleCase("no way or love", -0.6776, 0.0, 0.264, 0.736),
                VaderRuleCase("no bad or good", 0.1139, 0.393, 0.276, 0.332),
                VaderRuleCase("NO good", -0.4835, 0.0, 0.0, 1.0),
                VaderRuleCase("no no no", 0.4168, 0.791, 0.209, 0.0),
                VaderRuleCase("say no to drugs", -0.296, 0.0, 0.577, 0.423),
                VaderRuleCase("no problem", 0.3089, 0.693, 0.307, 0.0),
            ]
        ),
        (
            "least",
            [
                VaderRuleCase("least good", -0.3412, 0.0, 0.294, 0.706),
                VaderRuleCase("at least good", 0.4404, 0.592, 0.408, 0.0),
                VaderRuleCase("very least good", 0.4902, 0.614, 0.386, 0.0),
                VaderRuleCase("the least good of them", -0.3412, 0.0, 0.624, 0.376),
                VaderRuleCase("it was the least bad one", 0.431, 0.363, 0.637, 0.0),
                VaderRuleCase("least", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("LEAST good", -0.3412, 0.0, 0.294, 0.706),
            ]
        ),
        (
            "exclamation marks",
            [
                VaderRuleCase("good!", 0.4926, 1.0, 0.0, 0.0),
                VaderRuleCase("good!!", 0.5399, 1.0, 0.0, 0.0),
                VaderRuleCase("good !!!", 0.5826, 0.791, 0.209, 0.0),
                VaderRuleCase("good!!!!", 0.6209, 1.0, 0.0, 0.0),
                VaderRuleCase("good!!!!!!!", 0.6209, 1.0, 0.0, 0.0),
                VaderRuleCase("bad!", -0.5848, 0.0, 0.0, 1.0),
                VaderRuleCase("bad!!!!!", -0.6876, 0.0, 0.0, 1.0),
                VaderRuleCase("table!!!", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("! good !", 0.5399, 0.635, 0.365, 0.0),
            ]
        ),
        (
            "question marks",
            [
                VaderRuleCase("good?", 0.4404, 1.0, 0.0, 0.0),
                VaderRuleCase("good??", 0.504, 1.0, 0.0, 0.0),
                VaderRuleCase("good???", 0.533, 1.0, 0.0, 0.0),
                VaderRuleCase("good????", 0.594, 1.0, 0.0, 0.0),
                VaderRuleCase("bad??", -0.594, 0.0, 0.0, 1.0),
                VaderRuleCase("bad?????", -0.6662, 0.0, 0.0, 1.0),
                VaderRuleCase("good?!?!", 0.5919, 1.0, 0.0, 0.0),
                VaderRuleCase("table????", 0.0, 0.0, 1.0, 0.0),
            ]
        ),
        (
            "emoticons",
            [
                VaderRuleCase(":)", 0.4588, 1.0, 0.0, 0.0),
                VaderRuleCase(":(", -0.4404, 0.0, 0.0, 1.0),
                VaderRuleCase("I am here :)", 0.4588, 0.5, 0.5, 0.0),
                VaderRuleCase("I am here :D", 0.6166, 0.573, 0.427, 0.0),
                VaderRuleCase("XD", 0.5859, 1.0, 0.0, 0.0),
                VaderRuleCase("xd", 0.5859, 1.0, 0.0, 0.0),
                VaderRuleCase("=)", 0.4939, 1.0, 0.0, 0.0),
                VaderRuleCase("<3", 0.4404, 1.0, 0.0, 0.0),
                VaderRuleCase(":-)", 0.3182, 1.0, 0.0, 0.0),
                VaderRuleCase(":'(", -0.4939, 0.0, 0.0, 1.0),
                VaderRuleCase("(: hi :)", 0.7351, 0.861, 0.139, 0.0),
                VaderRuleCase(":)!", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("hello:)", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("D:", 0.296, 1.0, 0.0, 0.0),
                VaderRuleCase("O.o", -0.2023, 0.0, 0.0, 1.0),
                VaderRuleCase("^_^ ok", 0.296, 0.688, 0.312, 0.0),
                VaderRuleCase(":-p", 0.3612, 1.0, 0.0, 0.0),
                VaderRuleCase("*)", 0.1531, 1.0, 0.0, 0.0),
                VaderRuleCase("x :/ y", -0.34, 0.0, 0.455, 0.545),
            ]
        ),
        (
            "emoji",
            [
                VaderRuleCase("\u{1F600}", 0.3612, 0.714, 0.286, 0.0),
                VaderRuleCase("\u{1F600}\u{1F600}", 0.6124, 0.714, 0.286, 0.0),
                VaderRuleCase("x\u{1F600}y", 0.3612, 0.556, 0.444, 0.0),
                VaderRuleCase(
                    "Catch utf-8 emoji such as \u{1F498} and \u{1F48B} and \u{1F601}", 0.875, 0.417, 0.583, 0.0),
                VaderRuleCase("good\u{1F62D}", -0.0516, 0.362, 0.25, 0.388),
                VaderRuleCase("\u{2764}\u{FE0F}", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("\u{2764}", 0.6369, 0.808, 0.192, 0.0),
                VaderRuleCase("I \u{2764} you", 0.6369, 0.583, 0.417, 0.0),
                VaderRuleCase("\u{1F469}\u{200D}\u{1F680} good", 0.4404, 0.592, 0.408, 0.0),
                VaderRuleCase("\u{1F519} \u{1F51B} \u{1F199}", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("\u{A9} good", 0.4404, 0.744, 0.256, 0.0),
                VaderRuleCase("\u{1F44D}\u{1F3FD}", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("\n\u{1F44D}", 0.0, 0.0, 1.0, 0.0),
            ]
        ),
        (
            "slang and short words",
            [
                VaderRuleCase("lol", 0.4215, 1.0, 0.0, 0.0),
                VaderRuleCase("LOL that is gr8", 0.8038, 0.783, 0.217, 0.0),
                VaderRuleCase("ok", 0.296, 1.0, 0.0, 0.0),
                VaderRuleCase("sob", -0.25, 0.0, 0.0, 1.0),
                VaderRuleCase("a+", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("ur fab!", 0.5093, 0.767, 0.233, 0.0),
                VaderRuleCase("g'd", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("m8 :)", 0.6597, 1.0, 0.0, 0.0),
                VaderRuleCase("'good'", 0.4404, 1.0, 0.0, 0.0),
                VaderRuleCase("it's", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("'ok'", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("(ok)", 0.0, 0.0, 1.0, 0.0),
            ]
        ),
        (
            "letters beyond ASCII",
            [
                VaderRuleCase("GOOD \u{E9}t\u{E9}", 0.5622, 0.784, 0.216, 0.0),
                VaderRuleCase("GOOD \u{C9}T\u{C9}", 0.4404, 0.744, 0.256, 0.0),
                VaderRuleCase("GOOD \u{C9}T\u{C9} x", 0.5622, 0.645, 0.355, 0.0),
                VaderRuleCase("\u{E9}good", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("good\u{A0}bad", -0.1531, 0.453, 0.0, 0.547),
                VaderRuleCase("good\u{3000}bad", -0.1531, 0.453, 0.0, 0.547),
                VaderRuleCase("good\u{2028}bad!", -0.2244, 0.433, 0.0, 0.567),
                VaderRuleCase("good\u{200B}bad", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("good\u{1C}bad", -0.1531, 0.453, 0.0, 0.547),
                VaderRuleCase("good\u{1F}bad\u{B}no", -0.4215, 0.337, 0.0, 0.663),
                VaderRuleCase("LI\u{212A}E it", 0.4995, 0.764, 0.236, 0.0),
                VaderRuleCase("li\u{212A}e IT", 0.3612, 0.714, 0.286, 0.0),
                VaderRuleCase("GOOD \u{1C5}", 0.5622, 0.784, 0.216, 0.0),
                VaderRuleCase("GOOD \u{65E5}\u{672C}", 0.5622, 0.784, 0.216, 0.0),
                VaderRuleCase("\u{65E5}\u{672C} good", 0.4404, 0.744, 0.256, 0.0),
                VaderRuleCase("GOOD \u{416}\u{416} \u{436}", 0.5622, 0.645, 0.355, 0.0),
                VaderRuleCase("good\u{0}", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("\u{2018}good\u{2019}", 0.0, 0.0, 1.0, 0.0),
                VaderRuleCase("GOOD \u{24B6} a", 0.5622, 0.645, 0.355, 0.0),
                VaderRuleCase("caf\u{E9} isn't good", -0.3412, 0.0, 0.454, 0.546),
                VaderRuleCase("\u{E9}n't good", -0.3412, 0.0, 0.294, 0.706),
                VaderRuleCase("\u{C9}\u{C9} \u{C9}\u{C9} good", 0.4404, 0.592, 0.408, 0.0),
            ]
        ),
    ]
}
