// Times RoadTracer's junction metric without reading, drawing and writing: prints CPU seconds and what its main prints.
package main

import (
	"fmt"
	"os"
	"syscall"

	"github.com/mitroadmaps/gomapinfer/common"
)

func seconds() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Sec+usage.Stime.Sec) + float64(usage.Utime.Usec+usage.Stime.Usec)/1e6
}

func main() {
	truth, err := common.ReadGraph(os.Args[1])
	if err != nil {
		panic(err)
	}
	inferred, err := common.ReadGraph(os.Args[2])
	if err != nil {
		panic(err)
	}
	region := common.Rectangle{common.Point{-4096, -4096}, common.Point{4096, 4096}}
	begin := seconds()
	truth = truth.GetSubgraphInRect(region)
	inferred = inferred.GetSubgraphInRect(region)
	params := CompareIntersectionsParams{Scale: 1.7}
	a := GetIntersectionClusters(truth, params)
	b := GetIntersectionClustersWithContext(inferred, params, a)
	total, correct, _, extra, _, correctScore, extraScore := CompareIntersectionClusters(a, b, params, region.AddTol(-300))
	spent := seconds() - begin
	fmt.Println(spent, total, len(correct), len(extra), correctScore, extraScore)
}
