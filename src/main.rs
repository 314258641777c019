//! The kiosk program.

fn main() -> std::process::ExitCode {
    let surroundings = kiosk::config::Surroundings::new(std::env::vars().collect(), std::env::current_dir().unwrap());
    let loaded = kiosk::config::Config::load(&kiosk::config::Flags::default(), &surroundings).unwrap();
    let demo = kiosk::app::Demo { students: 60, arrivals_per_minute: 20, data_dir: None, face: kiosk::app::Face::Screen };
    tokio::runtime::Runtime::new().unwrap().block_on(kiosk::app::demo(loaded, demo)).unwrap();
    std::process::ExitCode::SUCCESS
}
