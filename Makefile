# DMoERM: what one does with a clone.
#
#   make run      install what is missing, fetch the small backbone, build the command, run its demo
#   make rl       have the demo's reward model train the small backbone to answer better, and show what became of it
#   make serve    serve the model that comes along at http://127.0.0.1:8000; SERVE has other arguments
#   make label    have llama.cpp's server, with the small backbone, label demo pairs, and train on the labels
#   make experiment   train several kinds of reward model on the demo's preferences and compare them
#   make test     install what is missing, test the library, test Tools, build and check Examples
#   make test-distributed   install Open MPI, build dmoerm-mpi and try it on one to three ranks
#   make trust    try to make the promises of Docs/Trust.md false, for minutes; TRUST=long goes on for days, where it was stopped
#   make bench    build and run the benchmarks (Benchmarks/); with PEERS=1 beside torch and llama.cpp, installed first
#   make bench-page   the same with peers, written as a page of Docs/Performance
#   make install  build the command and install it in PREFIX (/usr/local), with completions and a manual page
#   make format   rewrite the sources as .swift-format says
#   make lint     check the sources against .swift-format
#   make clean    remove everything that was built (the backbone stays in its cache)
#   make help     this list
#
# Variables: SWIFT (the swift command), PREFIX, BENCH (arguments of the benchmarks), DEMO (arguments of the demo), RL (arguments of
# rl), SERVE (arguments of the server), EXPERIMENT (the experiment's file), RESULTS (its folder) and PAGE (a page of the run for
# Docs/Results, if one is wanted).
# DMOERM_BACKBONE names a GGUF file to use instead of fetching one; DMOERM_CACHE says where fetched ones are kept.

SWIFT ?= swift
BENCH ?=
SERVE ?= dmoerm-small --port 8000
DEMO ?=
RL ?=
EXPERIMENT ?= Experiments/demo.json
RESULTS ?= dmoerm-experiment
PAGE ?=
PEERS ?=
PREFIX ?= /usr/local
BENCH_JSON := Benchmarks/.build/bench.json
export SWIFT

# Packages of their own beside the library; one without a Package.swift is passed over.
PACKAGES := $(patsubst %/Package.swift,%,$(wildcard Tools/Package.swift Examples/Package.swift Benchmarks/Package.swift Distributed/Package.swift Trust/Package.swift))
SOURCES := Package.swift Sources Tests $(foreach p,$(PACKAGES),$(wildcard $(p)/Package.swift $(p)/Sources $(p)/Tests))
has = $(filter $(1),$(PACKAGES))

.DEFAULT_GOAL := help
.PHONY: run rl serve experiment test test-library test-tools test-examples test-distributed label trust bench bench-page install dependencies format lint clean help

help:
	@sed -n '1,/^$$/s/^# \{0,1\}//p' Makefile

dependencies:
	@Scripts/install-dependencies

run: dependencies
ifeq ($(call has,Tools),)
	@echo "make run: there is no Tools/Package.swift here" >&2; exit 1
else
	@backbone=$$(Scripts/fetch-backbone) && export DMOERM_BACKBONE="$$backbone" && \
	  $(SWIFT) build --package-path Tools -c release --product dmoerm && \
	  dmoerm="$$($(SWIFT) build --package-path Tools -c release --show-bin-path)/dmoerm" && \
	  if small=$$(unset DMOERM_BACKBONE; Scripts/fetch-backbone); then \
	    echo && echo "The model that comes with the library, dmoerm-small:" && \
	    "$$dmoerm" score --backbone "$$small" --breakdown --prompt "Why is the sky blue?" --response "It just is." \
	      --response "Air scatters blue light more than red, so it reaches us from every side." || exit; \
	  fi && \
	  echo && echo "A model of your own, from the demo's preferences:" && "$$dmoerm" demo $(DEMO)
endif

# The reward is the demo's double mixture, which is trained first where it is not there; the judge that is not trained by is
# dmoerm-small, which has learned from other people's preferences. Weights stay in their file; what they are multiplied by is bf16
# where the CPU multiplies that.
rl: dependencies
	@backbone=$$(Scripts/fetch-backbone) && export DMOERM_BACKBONE="$$backbone" && \
	  $(SWIFT) build --package-path Tools -c release --product dmoerm && \
	  dmoerm="$$($(SWIFT) build --package-path Tools -c release --show-bin-path)/dmoerm" && \
	  { [ -e dmoerm-demo/demo.dmoerm/dmoerm.json ] && [ -e dmoerm-demo/held-out-prompts.jsonl ] || "$$dmoerm" demo; } && \
	  "$$dmoerm" rl --prompts dmoerm-demo/training-prompts.jsonl --eval-prompts dmoerm-demo/held-out-prompts.jsonl \
	    --reward dmoerm-demo/demo.dmoerm --judge dmoerm-small --output dmoerm-rl --steps 16 --max-tokens 48 \
	    --keep-truncated --temperature 0.7 --learning-rate 5e-4 --kl 0.1 --eval-samples 2 \
	    --precision stored --activations $$(grep -qs avx512_bf16 /proc/cpuinfo && echo bfloat16 || echo float32) $(RL)

serve: dependencies
	@backbone=$$(Scripts/fetch-backbone) && export DMOERM_BACKBONE="$$backbone" && \
	  $(SWIFT) build --package-path Tools -c release --product dmoerm && \
	  echo && echo "When it serves, in another terminal:" && \
	  echo "  curl -s localhost:8000/v1/rewards -d '{\"prompt\": \"Why is the sky blue?\", \"responses\": [\"It just is.\", \"Air scatters blue light.\"]}'" && \
	  exec "$$($(SWIFT) build --package-path Tools -c release --show-bin-path)/dmoerm" serve $(SERVE)

experiment: dependencies
	@backbone=$$(Scripts/fetch-backbone) && export DMOERM_BACKBONE="$$backbone" && \
	  $(SWIFT) build --package-path Tools -c release --product dmoerm && \
	  "$$($(SWIFT) build --package-path Tools -c release --show-bin-path)/dmoerm" experiment $(EXPERIMENT) --output $(RESULTS) $(if $(PAGE),--page $(PAGE))

# The server is compiled on the first run, which takes minutes; 50 pairs at two points are 200 requests.
label: dependencies
	@backbone=$$(Scripts/fetch-backbone) && export DMOERM_BACKBONE="$$backbone" && \
	  $(SWIFT) build --package-path Tools -c release --product dmoerm && \
	  Scripts/with-llama-server Scripts/label-demo "$$($(SWIFT) build --package-path Tools -c release --show-bin-path)/dmoerm"

# All parts run, and the names of what failed come last. Examples/check runs the examples and says whether they did what they
# should.
test: dependencies
	@Scripts/run-tests library tools examples

test-library: dependencies
	@Scripts/run-tests library

test-tools: dependencies
	@Scripts/run-tests tools

test-examples: dependencies
	@Scripts/run-tests examples

test-distributed: dependencies
	@Scripts/install-dependencies --mpi
	@Scripts/run-tests distributed

# What is found has its bytes in Trust/.build/found.
trust: dependencies
	@$(if $(filter long,$(TRUST)),Scripts/install-dependencies --valgrind &&) Trust/campaign --page Docs/Trust.md

bench: dependencies
ifeq ($(call has,Benchmarks),)
	@echo "make bench: there is no Benchmarks/Package.swift here" >&2; exit 1
else
	@Scripts/install-dependencies --onednn
	@backbone=$$(Scripts/fetch-backbone) && export DMOERM_BACKBONE="$$backbone" && \
	  $(SWIFT) build --package-path Benchmarks -c release --traits OpenBLAS,OneDNN --product dmoerm-bench && \
	  $(if $(PEERS),torch=$$(Benchmarks/Peers/install torch) && llama=$$(Benchmarks/Peers/install llama.cpp) && \
	    files=$$(Benchmarks/Peers/files "$$backbone") &&) \
	  "$$($(SWIFT) build --package-path Benchmarks -c release --show-bin-path)/dmoerm-bench" --json $(BENCH_JSON) --commit "$$(git describe --always --dirty)" \
	    $(if $(PEERS),--peer "$$torch" --peer "$$llama" $$files) $(BENCH)
endif

# On a machine with nothing else to do. Every kind of CPU has a page of its own, which Docs/Performance.md lists.
bench-page:
	@$(MAKE) --no-print-directory bench PEERS=1
	@Scripts/write-performance-page $(BENCH_JSON)

install: dependencies
	$(SWIFT) build --package-path Tools -c release --product dmoerm
	@Scripts/install $(PREFIX)

format:
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

lint:
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

clean:
	rm -rf .build .build-plain .build-onednn $(foreach p,Tools Examples Benchmarks Distributed Trust,$(p)/.build)
