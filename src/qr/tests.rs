//! What was encoded is what a decoder reads.

use proptest::prelude::*;

use super::{QUIET_ZONE, Symbol, TooLong, payload};

/// Reads the modules as a phone would, without the optics.
fn read(symbol: &Symbol) -> String {
    rqrr::Grid::new(rqrr::SimpleGrid::from_func(symbol.side(), |x, y| {
        symbol.is_dark(x, y)
    }))
    .decode()
    .expect("the symbol decodes")
    .1
}

/// Finds and reads the symbol in a greyscale picture.
fn read_picture(side: usize, dark: impl Fn(usize, usize) -> bool) -> String {
    let mut picture =
        rqrr::PreparedImage::prepare_from_greyscale(
            side,
            side,
            |x, y| {
                if dark(x, y) { 0 } else { 255 }
            },
        );
    let grids = picture.detect_grids();
    assert_eq!(grids.len(), 1, "one symbol is in the picture");
    grids[0].decode().expect("the symbol decodes").1
}

/// The version that one byte segment needs, which is what most encoders do.
fn plain_byte_version(length: usize) -> u8 {
    const BYTES_AT_M: [usize; 10] = [14, 26, 42, 62, 84, 106, 122, 152, 180, 213];
    let index = BYTES_AT_M.iter().position(|&room| length <= room);
    u8::try_from(index.expect("a short text")).unwrap() + 1
}

#[test]
fn an_address_on_a_lan_needs_version_2_or_3() {
    for (base, version) in [
        ("http://10.42.0.1", 2),
        ("http://kiosk.local:8080", 2),
        ("http://192.168.100.200:8080", 3),
        ("https://attendance.university.example", 3),
    ] {
        let symbol = Symbol::encode(&payload(base, "K7M2QX")).unwrap();
        assert_eq!(symbol.version(), version, "{base}");
        assert_eq!(symbol.side(), 17 + 4 * usize::from(version));
    }
}

#[test]
fn capacities_are_those_of_the_standard_at_level_m() {
    for (version, digits, capitals, bytes) in [
        (1, 34, 20, 14),
        (2, 63, 38, 26),
        (3, 101, 61, 42),
        (4, 149, 90, 62),
        (5, 202, 122, 84),
        (6, 255, 154, 106),
        (10, 513, 311, 213),
        (27, 2701, 1637, 1125),
        (39, 5313, 3220, 2213),
    ] {
        for (sample, room) in [("7", digits), ("K", capitals), ("k", bytes)] {
            let full = Symbol::encode(&sample.repeat(room)).unwrap();
            let over = Symbol::encode(&sample.repeat(room + 1)).unwrap();
            assert_eq!(full.version(), version, "{sample} x {room}");
            assert_eq!(over.version(), version + 1, "{sample} x {}", room + 1);
        }
    }
}

#[test]
fn a_text_beyond_the_largest_symbol_is_refused() {
    assert_eq!(Symbol::encode(&"k".repeat(2331)).unwrap().version(), 40);
    assert_eq!(Symbol::encode(&"k".repeat(2332)), Err(TooLong));
    assert_eq!(Symbol::encode(&"k".repeat(100_000)), Err(TooLong));
}

#[test]
fn a_pinned_version_holds_small_texts_and_grows_for_large_ones() {
    assert_eq!(Symbol::encode_at_least("K", 3).unwrap().version(), 3);
    assert_eq!(read(&Symbol::encode_at_least("K", 3).unwrap()), "K");
    let long = Symbol::encode_at_least(&"k".repeat(80), 3).unwrap();
    assert_eq!(long.version(), 5);
    assert_eq!(Symbol::encode_at_least("K", 0).unwrap().version(), 1);
    assert_eq!(Symbol::encode_at_least("K", 255).unwrap().version(), 40);
}

#[test]
fn all_outside_the_symbol_is_light() {
    let symbol = Symbol::encode("K").unwrap();
    assert!(symbol.is_dark(0, 0));
    assert!(!symbol.is_dark(21, 0) && !symbol.is_dark(0, 21));
    assert!(!symbol.is_dark_within(4, 3, 4) && symbol.is_dark_within(4, 4, 4));
}

#[test]
fn the_png_reads_back() {
    let symbol = Symbol::encode(&payload("http://10.0.0.7:8080", "K7M2QX")).unwrap();
    for scale in [1, 3, 8] {
        let file = symbol.png(scale);
        let mut reader = png::Decoder::new(std::io::Cursor::new(file))
            .read_info()
            .unwrap();
        let mut pixels = vec![0; reader.output_buffer_size().unwrap()];
        let frame = reader.next_frame(&mut pixels).unwrap();
        let pixels_a_module = usize::from(scale);
        let side = (symbol.side() + 2 * QUIET_ZONE) * pixels_a_module;
        assert_eq!((frame.width as usize, frame.height as usize), (side, side));
        let dark = |x: usize, y: usize| pixels[y * frame.line_size + x / 8] << (x % 8) & 0x80 == 0;
        assert!(
            !dark(QUIET_ZONE * pixels_a_module - 1, side / 2),
            "the border is light"
        );
        assert!(dark(
            QUIET_ZONE * pixels_a_module,
            QUIET_ZONE * pixels_a_module
        ));
        if scale > 1 {
            assert_eq!(read_picture(side, dark), "http://10.0.0.7:8080/A/K7M2QX");
        }
    }
}

#[test]
fn the_svg_paints_exactly_the_dark_modules() {
    let symbol = Symbol::encode(&payload("http://10.0.0.7:8080", "K7M2QX")).unwrap();
    let svg = symbol.svg();
    let (_, path) = svg.rsplit_once("d=\"").unwrap();
    let mut painted = vec![false; symbol.side() * symbol.side()];
    for run in path.trim_end_matches("\"/></svg>").split('M').skip(1) {
        let (x, rest) = run.split_once(' ').unwrap();
        let (y, rest) = rest.split_once('h').unwrap();
        let (length, _) = rest.split_once('v').unwrap();
        let x: usize = x.parse().unwrap();
        let y: usize = y.parse().unwrap();
        for step in 0..length.parse().unwrap() {
            painted[(y - QUIET_ZONE) * symbol.side() + x - QUIET_ZONE + step] = true;
        }
    }
    for y in 0..symbol.side() {
        for x in 0..symbol.side() {
            assert_eq!(painted[y * symbol.side() + x], symbol.is_dark(x, y));
        }
    }
    assert!(svg.contains("viewBox=\"0 0 33 33\"") && svg.contains("crispEdges"));
}

/// The colours that a line of painted text leaves: for each cell its upper and lower half.
fn painted(text: &str, foreground_at_first: bool) -> Vec<Vec<(bool, bool)>> {
    let is_light = |colour: &str| matches!(colour, "231" | "15");
    text.lines()
        .map(|line| {
            let (mut ink, mut paper) = (foreground_at_first, false);
            let mut cells = Vec::new();
            let mut rest = line;
            while let Some(next) = rest.chars().next() {
                if let Some(sequence) = rest.strip_prefix("\x1b[") {
                    let (codes, after) = sequence.split_once('m').unwrap();
                    for (index, code) in codes.split(';').enumerate().skip(2).step_by(3) {
                        match codes.split(';').nth(index - 2).unwrap() {
                            "38" => ink = is_light(code),
                            _ => paper = is_light(code),
                        }
                    }
                    rest = after;
                    continue;
                }
                cells.push(match next {
                    ' ' => (paper, paper),
                    '▄' => (paper, ink),
                    '█' => (ink, ink),
                    other => panic!("{other:?} is not part of the drawing"),
                });
                rest = &rest[next.len_utf8()..];
            }
            cells
        })
        .collect()
}

#[test]
fn the_text_drawings_paint_every_module_and_a_quiet_zone() {
    let symbol = Symbol::encode(&payload("http://10.0.0.7:8080", "K7M2QX")).unwrap();
    let side = symbol.side() + 2 * QUIET_ZONE;
    let half = painted(&symbol.half_blocks(), false);
    assert_eq!((half[0].len(), half.len()), (side, side.div_ceil(2)));
    let full = painted(&symbol.full_blocks(), false);
    assert_eq!((full[0].len(), full.len()), (2 * side, side));
    for y in 0..side {
        for x in 0..side {
            let light = !symbol.is_dark_within(QUIET_ZONE, x, y);
            let (upper, lower) = half[y / 2][x];
            assert_eq!(if y % 2 == 0 { upper } else { lower }, light);
            assert_eq!(full[y][2 * x], (light, light));
            assert_eq!(full[y][2 * x + 1], (light, light));
        }
    }
    assert!(
        half[side / 2].iter().all(|cell| cell.1),
        "the spare half row is light"
    );
}

fn kiosk_address() -> impl Strategy<Value = String> {
    let host = prop_oneof![
        any::<[u8; 4]>().prop_map(|[a, b, c, d]| format!("{a}.{b}.{c}.{d}")),
        "[a-z]{3,12}\\.local",
        "[a-z]{2,8}\\.[a-z]{3,10}\\.ac\\.ke",
    ];
    let scheme = prop_oneof![Just("http"), Just("https")];
    let port = prop_oneof![
        Just(String::new()),
        (1024..=65535_u16).prop_map(|port| format!(":{port}"))
    ];
    (scheme, host, port, "[0-9A-Z]{4,12}")
        .prop_map(|(scheme, host, port, code)| payload(&format!("{scheme}://{host}{port}"), &code))
}

proptest! {
    #[test]
    fn every_kiosk_address_reads_back_and_is_never_larger_than_plain_bytes(address in kiosk_address()) {
        let symbol = Symbol::encode(&address).unwrap();
        prop_assert_eq!(read(&symbol), address.as_str());
        prop_assert!(symbol.version() <= plain_byte_version(address.len()));
    }

    #[test]
    fn any_printable_text_reads_back(text in "[ -~]{1,200}") {
        prop_assert_eq!(read(&Symbol::encode(&text).unwrap()), text);
    }
}
