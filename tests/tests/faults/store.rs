//! 7 · An object store of which a fifth of all calls fail: refused, answered late, cut off, done but not acknowledged.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Stdio};

use rongtong_tests::{Bench, python};

use crate::city::{City, Started, started};
use crate::content::{content, newest_is_released, same};
use crate::runner::{Fault, lacks_nothing};
use crate::tries::{Tries, keep};

pub const FAULT: Fault = Fault {
    name: "store",
    title: "7 object store 对象存储故障",
    short: 1,
    long: 100,
    lacks: lacks_nothing,
    run,
};

const PERCENT: &str = "20";

fn run(tries: &mut Tries) {
    let cities = City::either(67);
    let (mut calls, mut faults) = (0, 0);
    for number in 0..tries.wanted {
        let city = &cities[usize::from(number % 2 == 1)];
        tries.once(&format!("try {number}"), |chance| {
            let server = Server::start(chance.below(1 << 32));
            let first = server.bench(&city.first);
            let second = server.bench(&city.second);
            finished(&first, [started(&first)]);
            match number % 4 {
                // Without a lock, so that the commits decide.
                3 => finished(&second, [started(&second), started(&second)]),
                _ => finished(&second, [started(&second)]),
            }
            let counted = server.ask("/_count");
            let (made, failed) = counted.split_once(' ').expect("two numbers");
            calls += made.parse::<u64>().unwrap();
            let failed: u64 = failed.parse().unwrap();
            assert!(failed > 0, "nothing failed");
            faults += failed;

            let copy = city.first.path(&format!("store-{number}"));
            server.ask(&format!("/_dump{}", copy.display()));
            same(&city.after_second, &content(&copy.join("lake")));
            newest_is_released(&copy.join("lake"));
            if number < 2 {
                std::fs::rename(copy.join("lake"), city.first.path("bucket")).unwrap();
            }
            let _ = std::fs::remove_dir_all(&copy);
        });
    }
    tries.note = format!("two runs a try; {faults} of {calls} calls failed");
    for city in &cities {
        let bucket = city.first.path("bucket");
        if bucket.is_dir() {
            tries.canary(&city.first, &bucket);
        }
    }
}

fn finished<const N: usize>(bench: &Bench, runs: [Started; N]) {
    for run in runs {
        let told = run.ended();
        keep(bench, &told);
        assert_eq!(told.code, 0, "{}", told.stderr);
    }
}

/// An S3 server that fails on purpose; it ends with this.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(seed: u64) -> Self {
        let mut command = python("faulty_s3.py");
        command.args(["city", PERCENT, &seed.to_string()]);
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python can be started");
        let mut line = String::new();
        let mut out = BufReader::new(process.stdout.take().unwrap());
        out.read_line(&mut line).unwrap();
        let port = line.trim().parse();
        let port = port.expect("a port: is moto installed? tests/setup does it");
        Self { process, port }
    }

    /// The bench with its lake in the bucket.
    fn bench(&self, bench: &Bench) -> Bench {
        let mut bench = bench.clone();
        bench.lake = Path::new("s3://city/lake").to_owned();
        let endpoint = format!("http://127.0.0.1:{}", self.port);
        for (name, value) in [
            ("AWS_ENDPOINT", endpoint.as_str()),
            ("AWS_ALLOW_HTTP", "true"),
            ("AWS_REGION", "us-east-1"),
            ("AWS_ACCESS_KEY_ID", "x"),
            ("AWS_SECRET_ACCESS_KEY", "x"),
            ("AWS_TIMEOUT", "2s"),
        ] {
            bench = bench.with_env(name, value);
        }
        bench
    }

    fn ask(&self, path: &str) -> String {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        write!(stream, "POST {path} HTTP/1.0\r\nContent-Length: 0\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.contains(" 200 "), "{answer}");
        let (_, body) = answer.split_once("\r\n\r\n").expect("an answer");
        body.to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
