//! What befalls the outcomes of an upload: refused keys, a wrong telling, look-ups that lag behind. The true tables
//! and the history stay right.

use super::{Act, Fault, Mark, Told};

pub(super) struct Partial {
    pub(super) share: u8,
    pub(super) seed: u64,
}

impl Fault for Partial {
    fn mark(&self) -> Mark {
        Mark { refuse: Some((self.share, self.seed)), ..Mark::default() }
    }
}

pub(super) struct Outcomes(pub(super) Told);

impl Fault for Outcomes {
    fn mark(&self) -> Mark {
        Mark { told: self.0, ..Mark::default() }
    }
}

pub(super) struct Lag {
    pub(super) reads: u32,
}

impl Fault for Lag {
    fn mark(&self) -> Mark {
        Mark { lag: self.reads, ..Mark::default() }
    }
}

/// Another mode, and look-ups that lag behind what it befell.
pub(super) struct Lagging {
    pub(super) fault: Box<dyn Fault>,
    pub(super) reads: u32,
}

impl Fault for Lagging {
    fn on_headers(&self) -> Act {
        self.fault.on_headers()
    }

    fn before_commit(&self) -> Act {
        self.fault.before_commit()
    }

    fn times(&self) -> u32 {
        self.fault.times()
    }

    fn mark(&self) -> Mark {
        Mark { lag: self.reads, ..self.fault.mark() }
    }

    fn after_commit(&self) -> Act {
        self.fault.after_commit()
    }
}
