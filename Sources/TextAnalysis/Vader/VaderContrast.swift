/// "But": what stands before it counts half, what stands behind it half as much again.
enum VaderContrast {
    /// Changes the valences of a text whose first "but" stands at `pivot`.
    ///
    /// The reference finds the position of each valence by its value, so that of equal valences the first is changed,
    /// perhaps several times. Its published scores depend on that, and so it is done here.
    static func apply(_ valences: UnsafeMutableBufferPointer<Double>, pivot: Int) {
        for turn in valences.indices {
            let valence = valences[turn]
            // Zero stays zero by either factor.
            if valence == 0 { continue }
            var index = 0
            while valences[index] != valence { index += 1 }
            if index < pivot {
                valences[index] = valence * 0.5
            } else if index > pivot {
                valences[index] = valence * 1.5
            }
        }
    }
}
