#![no_main]

use libfuzzer_sys::fuzz_target;
use towpath::queue::FreeList;

fuzz_target!(|input: (u8, Vec<bool>)| {
    let (capacity, pushes) = input;
    let capacity = usize::from(capacity % 16);
    let list = FreeList::new(capacity);
    let mut model = Vec::new();
    for (id, push) in pushes.into_iter().enumerate() {
        if !push {
            assert_eq!(list.pop().as_deref(), model.pop().as_ref());
            continue;
        }
        match list.push(Box::new(id)) {
            Ok(()) => model.push(id),
            Err(back) => assert_eq!((*back, model.len()), (id, capacity)),
        }
    }
});
